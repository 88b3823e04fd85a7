import { randomUUID } from "node:crypto";
import type Stripe from "stripe";
import { reconcile } from "../../../shared/console/commands/reconcile";
import type { Invoice } from "../../../shared/contracts/invoicing";
import { NOT_OURS, takeOver } from "../../../services/payments/intents/take-over";
import type { PaymentsEnv, PaymentsTools } from "../../../services/payments/tools";
import type { BillingService } from "../../../shared/service/billing-service";
import { startPayments, type PaymentsSystem } from "./payments-system";

let system: PaymentsSystem;

beforeAll(async () => {
  // No webhooks are received here, unless a test sends one.
  system = await startPayments();
});
afterAll(() => system.stop());

const stripe = (): Stripe => system.sandbox.stripe.sdk;
const create = (invoice: Invoice) => system.call("payments.createPaymentIntent", { invoice: invoice.id });
const paymentsEnv = (): PaymentsEnv =>
  (system.broker.getLocalService("payments") as BillingService<PaymentsTools>).env;
const retrieve = (id: string) => stripe().paymentIntents.retrieve(id);

/** Puts the books back to what they were a day ago: before the payments of these invoices. */
async function restore(...invoices: Invoice[]): Promise<void> {
  const db = system.db("payments");
  const invoice_ids = invoices.map(({ id }) => id);
  await db("payments").whereIn("invoice_id", invoice_ids).delete();
  await db("stripe_listing").update({ listed_until: db.raw("now() - interval '1 day'") });
}

async function intentsOf(invoice: Invoice): Promise<Stripe.PaymentIntent[]> {
  const intents = await stripe().paymentIntents.list({ limit: 100 }).autoPagingToArray({ limit: 1_000 });
  return intents.filter((intent) => intent.metadata["invoice_id"] === invoice.id);
}

async function findings(check: string): Promise<string[]> {
  const results = await system.call("payments.audit", {});
  return results.find((each) => each.check === check)?.ids ?? ["no such check"];
}

/** A success at Stripe with our mark, made without our books. */
function paidWithout(metadata: Record<string, string>, amount = 49_900): Promise<Stripe.PaymentIntent> {
  return stripe().paymentIntents.create({
    amount,
    currency: "usd",
    confirm: true,
    payment_method: "pm_card_visa",
    allowed_payment_method_types: ["card"],
    metadata,
  });
}

describe("after a restore of older books", () => {
  test("the page gets the intent that exists, not a second one, also when the key is forgotten", async () => {
    for (const forget of [false, true]) {
      const invoice = system.owe();
      const { payment_intent_id } = await create(invoice);
      await restore(invoice);
      if (forget) system.sandbox.forgetKeys();
      expect(await create(invoice)).toMatchObject({ payment_intent_id });
      expect(await intentsOf(invoice)).toHaveLength(1);
      expect(await system.payments(invoice)).toMatchObject([
        { status: "open", stripe_payment_intent_id: payment_intent_id },
      ]);
    }
  });

  test("the idempotency key alone tells that there is an intent", async () => {
    const [open, paid] = [system.owe(), system.owe()];
    const { payment_intent_id } = await create(open);
    await system.pay(paid);
    const lost = [open.id, paid.id];
    await system.db("payments")("payments").whereIn("invoice_id", lost).delete();
    expect(await create(open)).toMatchObject({ payment_intent_id });
    await expect(create(paid)).rejects.toMatchObject({ code: 409, type: "invoice.already_paid" });
    expect(await intentsOf(open)).toHaveLength(1);
    expect(await intentsOf(paid)).toHaveLength(1);
  });

  test("a paid invoice is not charged again, and becomes paid", async () => {
    const invoice = system.owe();
    const { payment_intent_id } = await system.pay(invoice);
    await restore(invoice);
    system.sandbox.forgetKeys();
    await expect(create(invoice)).rejects.toMatchObject({ code: 409, type: "invoice.already_paid" });
    expect(await intentsOf(invoice)).toHaveLength(1);
    expect(await system.payments(invoice)).toMatchObject([
      { status: "succeeded", stripe_payment_intent_id: payment_intent_id },
    ]);
    expect(await system.events("payment.succeeded", invoice)).toHaveLength(1);
  });

  test("the page's confirmation finds the payment that the books lack", async () => {
    const invoice = system.owe();
    await system.pay(invoice);
    await restore(invoice);
    const confirmed = await system.call("payments.confirmPayment", { invoice: invoice.id });
    expect(confirmed).toMatchObject({ number: invoice.number });
    expect(await system.payments(invoice)).toMatchObject([{ status: "succeeded" }]);
  });

  test("the worker settles what was paid meanwhile, without page or webhook", async () => {
    const invoices = [system.owe(), system.owe(), system.owe()];
    for (const invoice of invoices) await system.pay(invoice);
    await restore(...invoices);
    await system.drain();
    for (const invoice of invoices)
      expect(await system.payments(invoice)).toMatchObject([{ status: "succeeded" }]);
    expect(await findings("successes_booked")).toEqual([]);
  });

  test("a success takes the place of the page's newer intent, which nobody can pay any more", async () => {
    const invoice = system.owe();
    const paid = await system.pay(invoice);
    const db = system.db("payments");
    await db("payments").where({ invoice_id: invoice.id }).delete();
    const claim = { livemode: false, amount_minor: 49_900, currency: "usd" };
    await db("payments").insert({ invoice_id: invoice.id, attempt: 1, ...claim });
    // The key of another attempt: as if Stripe had forgotten the first one.
    await db("payments").where({ invoice_id: invoice.id }).update({ attempt: 7 });
    const newer = await create(invoice);
    expect(newer.payment_intent_id).not.toBe(paid.payment_intent_id);
    await system.call("payments.reconcile", {});
    expect(await system.payments(invoice)).toMatchObject([
      { status: "cancelled", last_error_code: "superseded" },
      { status: "succeeded", stripe_payment_intent_id: paid.payment_intent_id },
    ]);
    expect(await retrieve(newer.payment_intent_id)).toMatchObject({ status: "canceled" });
  });

  test("an open intent that is not needed is cancelled", async () => {
    const invoice = system.owe();
    const older = await create(invoice);
    const db = system.db("payments");
    await db("payments").where({ invoice_id: invoice.id }).delete();
    system.sandbox.forgetKeys();
    const newer = await create(invoice);
    await system.call("payments.reconcile", {});
    expect(await retrieve(older.payment_intent_id)).toMatchObject({ status: "canceled" });
    expect(await system.payments(invoice)).toMatchObject([
      { status: "open", stripe_payment_intent_id: newer.payment_intent_id },
    ]);
  });

  test("of two intents that were both paid, the second is named until staff send it back", async () => {
    const invoice = system.owe();
    const first = await system.pay(invoice);
    const db = system.db("payments");
    await db("payments").where({ invoice_id: invoice.id }).delete();
    system.sandbox.forgetKeys();
    const second = await system.pay(invoice);
    await system.call("payments.confirmPayment", { invoice: invoice.id });
    const { unbooked } = await system.call("payments.reconcile", {});
    const named = unbooked.find((each) => each.invoice === invoice.id);
    expect(named).toMatchObject({
      stripe_payment_intent_id: first.payment_intent_id,
      stripe_amount: 49_900,
      currency: "usd",
      reason: "its invoice has another payment",
    });
    expect(await system.payments(invoice)).toMatchObject([
      { status: "succeeded", stripe_payment_intent_id: second.payment_intent_id },
    ]);
    expect(await findings("successes_booked")).toEqual([named?.id]);
    const resolve = { id: String(named?.id), resolution: "refund" } as const;
    expect(await system.call("payments.resolvePayment", resolve)).toMatchObject({ status: null });
    expect(await findings("successes_booked")).toEqual([]);
    const refunds = await stripe().refunds.list({ payment_intent: first.payment_intent_id });
    expect(refunds.data).toMatchObject([{ amount: 49_900, status: "succeeded" }]);
    // Once more changes nothing.
    await system.call("payments.resolvePayment", resolve);
    expect((await stripe().refunds.list({ payment_intent: first.payment_intent_id })).data).toHaveLength(1);
  });

  test("a payment under review keeps its place, and the other success is named", async () => {
    const invoice = system.owe();
    const first = await system.pay(invoice);
    const db = system.db("payments");
    await db("payments").where({ invoice_id: invoice.id }).delete();
    system.sandbox.forgetKeys();
    const second = await create(invoice);
    await stripe().paymentIntents.update(second.payment_intent_id, { amount: 100 });
    await system.payWith("pm_card_visa", second);
    const { unbooked } = await system.call("payments.reconcile", {});
    const named = unbooked.find((each) => each.invoice === invoice.id);
    expect(named).toMatchObject({
      stripe_payment_intent_id: first.payment_intent_id,
      reason: "its invoice has another payment",
    });
    expect(await system.payments(invoice)).toMatchObject([
      {
        status: "open",
        last_error_code: "contradicted",
        stripe_payment_intent_id: second.payment_intent_id,
      },
    ]);
    await system.call("payments.resolvePayment", { id: String(named?.id), resolution: "refund" });
  });

  test("a success whose invoice the books lack is named; other programs' intents are not", async () => {
    const { rows } = await system.db("payments").raw("SELECT system_id FROM stripe_listing");
    const { system_id } = rows[0] as { system_id: string };
    const invoice_id = randomUUID();
    const lost = await paidWithout({ invoice_id, payment_id: randomUUID(), system_id });
    await paidWithout({ invoice_id: randomUUID(), payment_id: randomUUID(), system_id: randomUUID() });
    await paidWithout({ invoice_id: "INV-1" });
    await paidWithout({});
    const { unbooked } = await system.call("payments.reconcile", {});
    expect(unbooked).toMatchObject([
      { invoice: invoice_id, stripe_payment_intent_id: lost.id, reason: "its invoice is not in the books" },
    ]);
    const [named] = unbooked;
    await system.call("payments.resolvePayment", { id: String(named?.id), resolution: "accept" });
    expect((await system.call("payments.reconcile", {})).unbooked).toEqual([]);
  });

  test("an intent of the other mode is not taken over: test money pays no invoice", async () => {
    const invoice = system.owe();
    const { payment_intent_id } = await create(invoice);
    await stripe().paymentIntents.confirm(payment_intent_id, { payment_method: "pm_card_visa" });
    await restore(invoice);
    const intent = { ...(await retrieve(payment_intent_id)), livemode: true };
    expect(await takeOver(paymentsEnv(), intent)).toBe(NOT_OURS);
    expect(await system.payments(invoice)).toEqual([]);
  });

  test("nothing is created while Stripe does not list", async () => {
    const invoice = system.owe();
    await restore(invoice);
    const fault = system.sandbox.faults.next("error_500", { method: "GET", times: 5 });
    await expect(create(invoice)).rejects.toMatchObject({ code: 503, type: "stripe.unavailable" });
    fault.release();
    expect(await intentsOf(invoice)).toEqual([]);
    await create(invoice);
  });

  test("a comparison may begin at any earlier time, and leaves no gap", async () => {
    const invoice = system.owe();
    await system.pay(invoice);
    const db = system.db("payments");
    await db("payments").where({ invoice_id: invoice.id }).delete();
    await system.call("payments.reconcile", { since: new Date(Date.now() + 60_000).toISOString() });
    expect(await system.payments(invoice)).toEqual([]);
    const since = new Date(Date.now() - 3 * 86_400_000).toISOString();
    const compared = await system.call("payments.reconcile", { since });
    expect(compared).toMatchObject({ since, taken_over: 1, settled: 1 });
    expect(await system.payments(invoice)).toMatchObject([{ status: "succeeded" }]);
  });
});

test("a comparison that leaves a gap does not move the time until which Stripe was compared", async () => {
  const listedUntil = () => system.db("payments")("stripe_listing").pluck<string[]>("listed_until");
  await system.call("payments.reconcile", {});
  const before = await listedUntil();
  const since = new Date(Date.now() + 60_000).toISOString();
  await system.call("payments.reconcile", { since });
  expect(await listedUntil()).toEqual(before);
});

test("`billing reconcile` in the console names what the books lack, and fails then", async () => {
  const lines: string[] = [];
  const context = { call: system.call, print: (line: string) => void lines.push(line), draw: () => {} };
  await reconcile(context, []);
  expect(lines).toEqual([
    expect.stringMatching(/^Since \d{4}-.*: \d+ intents at Stripe, 0 taken over, 0 settled\.$/),
    "Every success at Stripe is in the books.",
  ]);
  const lost = await paidWithout({ invoice_id: randomUUID(), payment_id: randomUUID() });
  lines.length = 0;
  await expect(reconcile(context, ["2026-01-01"])).rejects.toThrow(
    "successes at Stripe that the books lack: 1",
  );
  expect(lines[0]).toContain("Since 2026-01-01T00:00:00.000Z");
  expect(lines[1]).toContain(lost.id);
  await expect(reconcile(context, ["yesterday"])).rejects.toThrow("Usage: billing reconcile [YYYY-MM-DD]");
  const [named] = (await system.call("payments.reconcile", {})).unbooked;
  await system.call("payments.resolvePayment", { id: String(named?.id), resolution: "refund" });
});

test("an intent that succeeds after its payment has ended is named", async () => {
  const invoice = system.owe();
  const { payment_intent_id } = await system.pay(invoice);
  await system.db("payments")("payments").where({ invoice_id: invoice.id }).update({ status: "cancelled" });
  const { unbooked } = await system.call("payments.reconcile", {});
  expect(unbooked).toMatchObject([
    { stripe_payment_intent_id: payment_intent_id, reason: "its payment is cancelled" },
  ]);
});
