import { randomUUID } from "node:crypto";
import type Stripe from "stripe";
import type { Invoice } from "../../../shared/contracts/invoicing";
import type { Resolution } from "../../../shared/contracts/payments";
import { applyIntent } from "../../../services/payments/intents/apply-intent";
import { Payment } from "../../../services/payments/models/payment";
import type { PaymentsEnv, PaymentsTools } from "../../../services/payments/tools";
import type { BillingService } from "../../../shared/service/billing-service";
import { user } from "../../support/system";
import { startPayments, type PaymentsSystem } from "./payments-system";

let system: PaymentsSystem;

beforeAll(async () => {
  system = await startPayments();
  await system.receiveWebhooks();
});
afterAll(() => system.stop());

const paymentsEnv = (): PaymentsEnv =>
  (system.broker.getLocalService("payments") as BillingService<PaymentsTools>).env;
const stripe = (): Stripe => system.sandbox.stripe.sdk;
const create = (invoice: Invoice) => system.call("payments.createPaymentIntent", { invoice: invoice.id });
const delivered = () => system.sandbox.webhooks.idle();

async function idOf(invoice: Invoice): Promise<string> {
  const [payment] = await system.payments(invoice);
  return String(payment?.["id"]);
}
const resolve = async (invoice: Invoice, resolution: Resolution) =>
  system.call("payments.resolvePayment", { id: await idOf(invoice), resolution });

/** An invoice whose intent was changed at Stripe to another amount, and paid. */
async function underReview(method = "pm_card_visa", amount = 100) {
  const invoice = system.owe();
  const intent = await create(invoice);
  await stripe().paymentIntents.update(intent.payment_intent_id, { amount });
  await system.payWith(method, intent);
  await delivered();
  expect(await system.payments(invoice)).toMatchObject([{ status: "open", last_error_code: "contradicted" }]);
  return { invoice, intent };
}

async function findings(check: string): Promise<string[]> {
  const results = await system.call("payments.audit", {});
  return results.find((each) => each.check === check)?.ids ?? ["no such check"];
}

const resolved = (invoice: Invoice): Promise<object[]> =>
  system
    .db("payments")("outbox")
    .where({ type: "payment.resolved" })
    .whereRaw("payload->>'invoice' = ?", [invoice.id])
    .pluck("payload");

describe("a payment under review", () => {
  test("is named by the audit; accepted, it settles its invoice in the invoice's amount, once", async () => {
    const { invoice, intent } = await underReview();
    expect(await findings("nothing_contradicted")).toContain(await idOf(invoice));
    expect(await resolve(invoice, "accept")).toMatchObject({
      invoice: invoice.id,
      status: "succeeded",
      resolution: "accept",
    });
    expect(await resolve(invoice, "accept")).toMatchObject({ status: "succeeded" });
    expect(await resolved(invoice)).toMatchObject([{ resolution: "accept", reason: "differs: amount" }]);
    expect(await system.events("payment.succeeded", invoice)).toMatchObject([
      { amount_minor: 49_900, stripe_payment_intent_id: intent.payment_intent_id },
    ]);
    expect(await findings("nothing_contradicted")).not.toContain(await idOf(invoice));
    await expect(resolve(invoice, "refund")).rejects.toMatchObject({ type: "payment.not_under_review" });
  });

  test("refunded, all that was received goes back, and the invoice can be paid again", async () => {
    const { invoice, intent } = await underReview();
    expect(await resolve(invoice, "refund")).toMatchObject({ status: "cancelled", resolution: "refund" });
    await resolve(invoice, "refund");
    const { data } = await stripe().refunds.list({ payment_intent: intent.payment_intent_id });
    expect(data).toMatchObject([{ amount: 100, status: "succeeded" }]);
    expect(await resolved(invoice)).toMatchObject([{ resolution: "refund" }]);
    await system.pay(invoice);
    await delivered();
    expect(await system.payments(invoice)).toMatchObject([
      { status: "cancelled", last_error_code: "refunded" },
      { status: "succeeded" },
    ]);
    expect(await findings("successes_booked")).toEqual([]);
  });

  test("ends by itself when it is refunded in full in the dashboard; a part changes nothing", async () => {
    const { invoice, intent } = await underReview();
    await stripe().refunds.create({ payment_intent: intent.payment_intent_id, amount: 40 });
    await delivered();
    expect(await system.payments(invoice)).toMatchObject([{ status: "open" }]);
    await expect(resolve(invoice, "accept")).rejects.toMatchObject({ type: "payment.not_acceptable" });
    await stripe().refunds.create({ payment_intent: intent.payment_intent_id });
    await delivered();
    expect(await system.payments(invoice)).toMatchObject([{ status: "cancelled" }]);
    expect(await resolved(invoice)).toMatchObject([{ resolution: "refund" }]);
    expect((await create(invoice)).payment_intent_id).not.toBe(intent.payment_intent_id);
  });

  test("goes on while its refund is pending", async () => {
    const { invoice, intent } = await underReview("pm_card_pendingRefund");
    expect(await resolve(invoice, "refund")).toMatchObject({ status: "open" });
    // Asked again, it does not send the money twice.
    expect(await resolve(invoice, "refund")).toMatchObject({ status: "open" });
    const { data } = await stripe().refunds.list({ payment_intent: intent.payment_intent_id });
    expect(data).toHaveLength(1);
    await system.sandbox.finishRefunds();
    await delivered();
    expect(await system.payments(invoice)).toMatchObject([{ status: "cancelled" }]);
  });

  test("is named again when the bank returns the refund, and can be sent back again", async () => {
    const { invoice, intent } = await underReview("pm_card_refundFail");
    await resolve(invoice, "refund");
    await system.sandbox.finishRefunds();
    await delivered();
    const [id] = await findings("successes_booked");
    await system.call("payments.resolvePayment", { id: String(id), resolution: "refund" });
    const { data } = await stripe().refunds.list({ payment_intent: intent.payment_intent_id });
    expect(data.map(({ status }) => status)).toEqual(["succeeded", "failed"]);
    // The bank returns this one too: the next is a new refund, not the answer to an old request.
    await system.sandbox.finishRefunds();
    await delivered();
    await system.call("payments.resolvePayment", { id: String(id), resolution: "refund" });
    const again = await stripe().refunds.list({ payment_intent: intent.payment_intent_id });
    expect(again.data.map(({ status }) => status)).toEqual(["succeeded", "failed", "failed"]);
  });

  test("is not accepted when the money is another invoice's", async () => {
    const [invoice, other] = [system.owe(), system.owe()];
    const { payment_intent_id } = await create(invoice);
    await stripe().paymentIntents.update(payment_intent_id, { metadata: { invoice_id: other.id } });
    await stripe().paymentIntents.confirm(payment_intent_id, { payment_method: "pm_card_visa" });
    await delivered();
    await expect(resolve(invoice, "accept")).rejects.toMatchObject({
      code: 409,
      type: "payment.not_acceptable",
      message: expect.stringContaining("invoice_id"),
    });
    expect(await system.payments(invoice)).toMatchObject([{ status: "open" }]);
  });

  test("is decided by staff alone, and only while it is under review", async () => {
    const { invoice } = await underReview();
    const params = { id: await idOf(invoice), resolution: "accept" } as const;
    const owner = system.as(user(invoice.customer));
    await expect(owner("payments.resolvePayment", params)).rejects.toMatchObject({ code: 403 });
    const unknown = { ...params, id: randomUUID() };
    await expect(system.call("payments.resolvePayment", unknown)).rejects.toMatchObject({ code: 404 });
    const waiting = system.owe();
    await create(waiting);
    for (const resolution of ["accept", "refund"] as const) {
      await expect(resolve(waiting, resolution)).rejects.toMatchObject({ type: "payment.not_under_review" });
    }
    await system.call("payments.resolvePayment", params);
  });

  test("two decisions at once make one", async () => {
    const { invoice } = await underReview();
    await Promise.allSettled([resolve(invoice, "accept"), resolve(invoice, "accept")]);
    expect(await resolved(invoice)).toHaveLength(1);
    expect(await system.events("payment.succeeded", invoice)).toHaveLength(1);
  });
});

describe("a live intent that has vanished at Stripe", () => {
  test("is told by the row and the audit, until it is there again or staff decide", async () => {
    const invoice = system.owe();
    const { payment_intent_id } = await create(invoice);
    const row = () => system.db("payments")("payments").where({ invoice_id: invoice.id });
    await row().update({ livemode: true, stripe_payment_intent_id: `pi_gone${randomUUID()}` });
    const logged = jest.spyOn(paymentsEnv().log, "error");
    for (let n = 0; n < 2; n++)
      await expect(create(invoice)).rejects.toMatchObject({ type: "payment.under_review" });
    expect(logged).toHaveBeenCalledTimes(1);
    logged.mockRestore();
    const told = { status: "open", last_error_code: "intent_missing" };
    expect(await system.payments(invoice)).toMatchObject([
      { ...told, last_error_message: expect.stringContaining("pi_gone") },
    ]);
    expect(await findings("live_intents_exist")).toEqual([await idOf(invoice)]);

    await row().update({ livemode: false, stripe_payment_intent_id: payment_intent_id });
    await create(invoice);
    expect(await system.payments(invoice)).toMatchObject([{ status: "open", last_error_code: null }]);
    expect(await findings("live_intents_exist")).toEqual([]);

    await row().update({ livemode: true, stripe_payment_intent_id: `pi_gone${randomUUID()}` });
    const confirm = system.call("payments.confirmPayment", { invoice: invoice.id });
    await expect(confirm).rejects.toMatchObject({ type: "payment.under_review" });
    expect(await findings("live_intents_exist")).toEqual([await idOf(invoice)]);
    expect(await resolve(invoice, "refund")).toMatchObject({ status: "cancelled" });
    expect(await resolved(invoice)).toMatchObject([{ resolution: "refund" }]);
  });
});

test("an old answer about an intent changes nothing of a payment that has ended meanwhile", async () => {
  const invoice = system.owe();
  const { payment_intent_id } = await create(invoice);
  const stale = await Payment.query(paymentsEnv().db).findOne({ invoice_id: invoice.id }).throwIfNotFound();
  const ended = { status: "cancelled", stripe_status: "canceled" };
  await system.db("payments")("payments").where({ id: stale.id }).update(ended);
  const intent = await stripe().paymentIntents.retrieve(payment_intent_id);
  await applyIntent(paymentsEnv(), stale, { ...intent, status: "requires_action" });
  expect(await system.payments(invoice)).toMatchObject([ended]);
});
