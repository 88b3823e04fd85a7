import { randomUUID } from "node:crypto";
import type { Invoice } from "../../../shared/contracts/invoicing";
import { startPayments, type PaymentsSystem } from "./payments-system";

let system: PaymentsSystem;

beforeAll(async () => {
  // No webhooks are received here: the worker does everything.
  system = await startPayments();
});
afterAll(() => system.stop());

type Row = Record<string, unknown>;
const rows = (invoice: Invoice) => system.db("payments")("payments").where({ invoice_id: invoice.id });
const past = () => system.db("payments").raw("now() - interval '1 second'");
const makeDue = (...invoices: Invoice[]) =>
  system
    .db("payments")("payments")
    .whereIn(
      "invoice_id",
      invoices.map(({ id }) => id),
    )
    .update({ next_check_at: past() });
const create = (invoice: Invoice) => system.call("payments.createPaymentIntent", { invoice_id: invoice.id });

describe("the worker that checks open payments", () => {
  test("settles what neither page nor webhook reported, each once", async () => {
    const invoices = Array.from({ length: 12 }, () => system.owe());
    for (const invoice of invoices) await system.pay(invoice);
    await makeDue(...invoices);
    await system.drain();
    for (const invoice of invoices) {
      expect(await system.payments(invoice)).toMatchObject([{ status: "succeeded" }]);
      expect(await system.events("payment.succeeded", invoice)).toHaveLength(1);
    }
  });

  test("checks nothing in a payment's first minute, and less and less often later", async () => {
    const invoice = system.owe();
    await create(invoice);
    await system.drain();
    expect(await rows(invoice)).toMatchObject([{ checks: 0 }]);
    const waits: number[] = [];
    for (let check = 0; check < 3; check++) {
      await makeDue(invoice);
      await system.drain();
      const { rows: waiting } = await system.db("payments").raw<{ rows: { minutes: number }[] }>(
        `SELECT round(extract(epoch FROM next_check_at - now()) / 60)::int AS minutes
           FROM payments WHERE invoice_id = ?`,
        [invoice.id],
      );
      waits.push(...waiting.map(({ minutes }) => minutes));
    }
    expect(waits).toEqual([1, 2, 4]);
  });

  test("finds or creates the intent of a payment that lost Stripe's answer", async () => {
    const answered = system.owe();
    const { payment_intent_id } = await create(answered);
    await rows(answered).update({ stripe_payment_intent_id: null });
    const unasked = system.owe();
    const { id: invoice_id, amount_minor, currency } = unasked;
    await system
      .db("payments")("payments")
      .insert({ invoice_id, attempt: 1, livemode: false, amount_minor, currency });
    await makeDue(answered, unasked);
    await system.drain();
    expect(await system.payments(answered)).toMatchObject([
      { status: "open", stripe_payment_intent_id: payment_intent_id },
    ]);
    const [made] = await system.payments(unasked);
    expect(made).toMatchObject({ status: "open", stripe_payment_intent_id: expect.stringMatching(/^pi_/) });
    expect((await create(unasked)).payment_intent_id).toBe(made?.["stripe_payment_intent_id"]);
  });

  test("finds cancelled and missing intents, and is not stopped by one that fails", async () => {
    const [cancelled, vanished, live, paid] = [system.owe(), system.owe(), system.owe(), system.owe()];
    const { payment_intent_id } = await create(cancelled);
    await system.sandbox.stripe.sdk.paymentIntents.cancel(payment_intent_id);
    for (const invoice of [vanished, live]) await create(invoice);
    await rows(vanished).update({ stripe_payment_intent_id: `pi_${randomUUID()}` });
    await rows(live).update({ livemode: true });
    await system.pay(paid);
    await makeDue(cancelled, vanished, live, paid);
    await system.drain();
    const statusOf = async (invoice: Invoice) => (await system.payments(invoice))[0]?.["status"];
    const statuses = await Promise.all([cancelled, vanished, live, paid].map(statusOf));
    expect(statuses).toEqual(["cancelled", "cancelled", "open", "succeeded"]);
  });

  test("checks again later when Stripe does not answer", async () => {
    const invoice = system.owe();
    await system.pay(invoice);
    const fault = system.sandbox.faults.next("error_500", { method: "GET", times: 5 });
    await makeDue(invoice);
    await system.drain();
    fault.release();
    expect(await system.payments(invoice)).toMatchObject([{ status: "open", checks: 1 }]);
    await makeDue(invoice);
    await system.drain();
    expect(await system.payments(invoice)).toMatchObject([{ status: "succeeded" }]);
  });
});

test("webhooks that failed are processed again until they succeed", async () => {
  const invoice = system.owe();
  const { payment_intent_id } = await system.pay(invoice);
  const id = `evt_${randomUUID()}`;
  const events = () => system.db("payments")("stripe_events").where({ id });
  const payload = { id, livemode: false, data: { object: { id: payment_intent_id } } };
  const stored = {
    id,
    type: "payment_intent.succeeded",
    payload: JSON.stringify(payload),
    next_try_at: past(),
  };
  await system.db("payments")("stripe_events").insert(stored);
  const fault = system.sandbox.faults.next("error_500", { method: "GET", times: 5 });
  await system.drain();
  fault.release();
  expect(await events().first<Row>()).toMatchObject({
    attempts: 1,
    processed_at: null,
    error: expect.any(String),
  });
  await events().update({ next_try_at: past() });
  await system.drain();
  const settled = { attempts: 2, processed_at: expect.any(String), outcome: "settled", error: null };
  expect(await events().first<Row>()).toMatchObject(settled);
  expect(await system.events("payment.succeeded", invoice)).toHaveLength(1);
});

describe("the database", () => {
  const insert = (row: object) =>
    system
      .db("payments")("payments")
      .insert({ attempt: 1, livemode: false, amount_minor: 100, currency: "usd", ...row });

  test("allows one open or succeeded payment per invoice", async () => {
    const invoice_id = randomUUID();
    await insert({ invoice_id });
    await expect(insert({ invoice_id, attempt: 2 })).rejects.toThrow("payments_one_per_invoice");
    const success = { status: "succeeded", stripe_payment_intent_id: `pi_${invoice_id}`, settled_at: past() };
    await system.db("payments")("payments").where({ invoice_id }).update(success);
    await expect(insert({ invoice_id, attempt: 2 })).rejects.toThrow("payments_one_per_invoice");
  });

  test.each<[string, object]>([
    ["an amount of nothing", { amount_minor: 0 }],
    ["a currency that is none", { currency: "USD" }],
    ["an unknown state", { status: "paid" }],
    ["a success without an intent", { status: "succeeded", settled_at: "2026-01-01T00:00:00Z" }],
    ["a success without its time", { status: "succeeded", stripe_payment_intent_id: "pi_x" }],
    ["a refund of what was not paid", { refunded_minor: 1 }],
  ])("refuse %s", async (_what, row) => {
    await expect(insert({ invoice_id: randomUUID(), ...row })).rejects.toThrow("check constraint");
  });
});
