import { randomUUID } from "node:crypto";
import type { Invoice } from "../../../shared/contracts/invoicing";
import { claimDuePayments } from "../../../services/payments/queries/claim-due-payments";
import type { PaymentsEnv, PaymentsTools } from "../../../services/payments/tools";
import { handleRefund } from "../../../services/payments/webhooks/refunds";
import { dropOldWebhooks } from "../../../services/payments/workers/drop-old-webhooks";
import type { BillingService } from "../../../shared/service/billing-service";
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
const paymentsEnv = (): PaymentsEnv =>
  (system.broker.getLocalService("payments") as BillingService<PaymentsTools>).env;
const makeDue = (...invoices: Invoice[]) =>
  system
    .db("payments")("payments")
    .whereIn(
      "invoice_id",
      invoices.map(({ id }) => id),
    )
    .update({ next_check_at: past() });
const create = (invoice: Invoice) => system.call("payments.createPaymentIntent", { invoice: invoice.id });

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

describe("with many open payments", () => {
  const stripe = () => system.sandbox.stripe.sdk.paymentIntents;

  test("a few lists find the paid, the cancelled and the lost one", async () => {
    const invoices = Array.from({ length: 120 }, () => system.owe());
    await Promise.all(invoices.map(create));
    const [paid, cancelled, lost] = [invoices[7], invoices[60], invoices[110]] as [Invoice, Invoice, Invoice];
    await system.pay(paid);
    const [row] = await system.payments(cancelled);
    await stripe().cancel(String(row?.["stripe_payment_intent_id"]));
    await rows(lost).update({ stripe_payment_intent_id: null });
    await system.drain();
    const asked = [jest.spyOn(stripe(), "retrieve"), jest.spyOn(stripe(), "list")];
    await makeDue(...invoices);
    await system.drain();
    const requests = asked.reduce((sum, { mock }) => sum + mock.calls.length, 0);
    jest.restoreAllMocks();
    expect(requests).toBeLessThan(60);
    expect(await system.payments(paid)).toMatchObject([{ status: "succeeded", checks: 1 }]);
    expect(await system.payments(cancelled)).toMatchObject([{ status: "cancelled" }]);
    expect(await system.payments(lost)).toMatchObject([{ stripe_payment_intent_id: expect.any(String) }]);
    const checked = await system
      .db("payments")("payments")
      .whereIn(
        "invoice_id",
        invoices.map(({ id }) => id),
      )
      .pluck<number[]>("checks");
    expect(checked).toEqual(invoices.map(() => 1));
  });

  test("a decline that no webhook reported is found in a list", async () => {
    const invoices = Array.from({ length: 30 }, () => system.owe());
    const intents = await Promise.all(invoices.map(create));
    const [declined, intent] = [invoices[12], intents[12]];
    if (declined === undefined || intent === undefined) throw new Error("there are 30");
    await system.payWith("pm_card_chargeDeclined", intent);
    await makeDue(...invoices);
    await system.drain();
    expect(await system.events("payment.failed", declined)).toHaveLength(1);
  });

  test("the newest come first", async () => {
    const db = system.db("payments");
    const ages = [3, 1, 2];
    const ids = ages.map(() => randomUUID());
    const claim = { attempt: 1, livemode: false, amount_minor: 100, currency: "usd" };
    for (const [index, days] of ages.entries()) {
      const created_at = db.raw(`now() + interval '10 days' - interval '${days} days'`);
      await db("payments").insert({ ...claim, invoice_id: ids[index], created_at, next_check_at: past() });
    }
    const claimed = await claimDuePayments(db, 2);
    expect(claimed.map(({ invoice_id }) => invoice_id)).toEqual([ids[1], ids[2]]);
    await db("payments").whereIn("invoice_id", ids).delete();
  });
});

test("a pending refund is followed to its end, without a webhook", async () => {
  const invoice = system.owe();
  const { payment_intent_id } = await system.pay(invoice, "pm_card_pendingRefund");
  await makeDue(invoice);
  await system.drain();
  const refund = await system.sandbox.stripe.sdk.refunds.create({ payment_intent: payment_intent_id });
  await handleRefund(paymentsEnv(), refund.id);
  const refunds = () => system.db("payments")("refunds").where({ id: refund.id });
  expect(await refunds()).toMatchObject([{ status: "pending" }]);
  await system.sandbox.finishRefunds();
  await system.drain();
  expect(await refunds()).toMatchObject([{ status: "pending" }]);
  await refunds().update({ next_check_at: past() });
  await system.drain();
  expect(await refunds()).toMatchObject([{ status: "succeeded" }]);
});

test("webhooks older than 90 days are deleted", async () => {
  const db = system.db("payments");
  const received = (days: number) => ({
    id: `evt_${randomUUID()}`,
    type: "customer.created",
    payload: "{}",
    received_at: db.raw(`now() - interval '${days} days'`),
    processed_at: db.raw("now()"),
  });
  const [old, young] = [received(91), received(89)];
  await db("stripe_events").insert([old, young]);
  const drop = dropOldWebhooks(paymentsEnv());
  expect(await drop()).toBe(1);
  expect(await drop()).toBe(0);
  expect(await db("stripe_events").whereIn("id", [old.id, young.id]).pluck("id")).toEqual([young.id]);
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
