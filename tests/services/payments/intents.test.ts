import { randomUUID } from "node:crypto";
import type Stripe from "stripe";
import { ANONYMOUS } from "../../../shared/service/caller";
import type { Invoice } from "../../../shared/contracts/invoicing";
import { claimLivePayment } from "../../../services/payments/queries/claim-live-payment";
import { eventually, user, waitsForLock } from "../../support/system";
import { startPayments, type PaymentsSystem } from "./payments-system";

let system: PaymentsSystem;

beforeAll(async () => {
  system = await startPayments();
});
afterAll(() => system.stop());

const create = (invoice: Invoice) => system.call("payments.createPaymentIntent", { invoice: invoice.id });
const verify = (invoice: Invoice) => system.call("payments.confirmPayment", { invoice: invoice.id });
const stripe = (): Stripe => system.sandbox.stripe.sdk;
const atOnce = <T>(times: number, work: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: times }, work));

async function intentsOf(invoice: Invoice): Promise<Stripe.PaymentIntent[]> {
  const intents = await stripe().paymentIntents.list({ limit: 100 }).autoPagingToArray({ limit: 1_000 });
  return intents.filter((intent) => intent.metadata["invoice_id"] === invoice.id);
}

describe("creating an intent", () => {
  test("amount, currency and metadata are the invoice's", async () => {
    const invoice = system.owe({ amount_minor: 1_234, currency: "eur" });
    const answer = await create(invoice);
    expect(answer).toMatchObject({
      amount_minor: 1_234,
      currency: "eur",
      publishable_key: expect.stringMatching(/^pk_test_/),
    });
    const [payment] = await system.payments(invoice);
    expect(await stripe().paymentIntents.retrieve(answer.payment_intent_id)).toMatchObject({
      amount: 1_234,
      currency: "eur",
      allowed_payment_method_types: ["card"],
      metadata: { invoice_id: invoice.id, payment_id: payment?.["id"] },
    });
    expect(payment).toMatchObject({
      status: "open",
      attempt: 1,
      stripe_payment_intent_id: answer.payment_intent_id,
    });
  });

  test("amounts are converted for currencies that Stripe counts in other units", async () => {
    const invoice = system.owe({ amount_minor: 700, currency: "isk" });
    const { payment_intent_id, amount_minor } = await create(invoice);
    expect(amount_minor).toBe(700);
    expect(await stripe().paymentIntents.retrieve(payment_intent_id)).toMatchObject({
      amount: 70_000,
      currency: "isk",
    });
  });

  test("a second call, also after a decline, gives the same intent", async () => {
    const invoice = system.owe();
    const first = await create(invoice);
    await system.payWith("pm_card_chargeDeclined", first);
    expect(await create(invoice)).toEqual(first);
    expect(await intentsOf(invoice)).toHaveLength(1);
  });

  test("ten calls at once give one intent of one payment", async () => {
    const invoice = system.owe();
    const answers = await atOnce(10, () => create(invoice));
    expect(new Set(answers.map((answer) => answer.payment_intent_id)).size).toBe(1);
    expect(await intentsOf(invoice)).toHaveLength(1);
    expect(await system.payments(invoice)).toHaveLength(1);
  });

  test("a call that meets another one's first attempt takes it over", async () => {
    const { id: invoice_id, amount_minor, currency } = system.owe();
    const claim = { invoice_id, amount_minor, currency, livemode: false };
    const db = system.db("payments");
    const other = await db.transaction();
    const made = await claimLivePayment(other, claim);
    const met = Promise.allSettled([claimLivePayment(db, claim)]);
    await eventually(() => waitsForLock(system.db("cron")));
    await other.commit();
    expect(await met).toEqual([{ status: "fulfilled", value: expect.objectContaining({ id: made?.id }) }]);
  });

  test("after an intent is cancelled at Stripe, another attempt is possible", async () => {
    const invoice = system.owe();
    const first = await create(invoice);
    await stripe().paymentIntents.cancel(first.payment_intent_id);
    const answers = await atOnce(5, () => create(invoice));
    expect(new Set(answers.map((answer) => answer.payment_intent_id)).size).toBe(1);
    expect(answers[0]?.payment_intent_id).not.toBe(first.payment_intent_id);
    expect(await system.payments(invoice)).toMatchObject([
      { attempt: 1, status: "cancelled" },
      { attempt: 2, status: "open" },
    ]);
  });

  test("another user's invoice is 404; owner, staff and anonymous callers may pay it", async () => {
    const invoice = system.owe();
    const params = { invoice: invoice.id };
    await expect(system.as(user(randomUUID()))("payments.createPaymentIntent", params)).rejects.toMatchObject(
      { code: 404 },
    );
    expect(await system.payments(invoice)).toEqual([]);
    for (const caller of [user(invoice.customer), user(randomUUID(), { staff: true }), ANONYMOUS]) {
      expect(await system.as(caller)("payments.createPaymentIntent", params)).toMatchObject({
        amount_minor: 49_900,
      });
    }
  });

  test("an unknown invoice is 404; an invalid id and unknown fields are 400 with their names", async () => {
    await expect(
      system.call("payments.createPaymentIntent", { invoice: randomUUID() }),
    ).rejects.toMatchObject({ code: 404 });
    await expect(system.call("payments.createPaymentIntent", { invoice: "1" })).rejects.toMatchObject({
      code: 400,
      data: { errors: [{ field: "invoice" }] },
    });
    const invoice = system.owe();
    const params = {
      invoice: invoice.id,
      amount: 1,
      currency: "jpy",
      customer: "cus_1",
      metadata: { invoice_id: "other" },
    };
    await expect(system.call("payments.createPaymentIntent", params)).rejects.toMatchObject({
      code: 400,
      data: {
        errors: ["amount", "currency", "customer", "metadata"].map((field) =>
          expect.objectContaining({ field }),
        ),
      },
    });
    expect(await system.payments(invoice)).toEqual([]);
  });

  test("a paid invoice gets no intent", async () => {
    await expect(create(system.owe({ status: "paid" }))).rejects.toMatchObject({
      code: 409,
      type: "invoice.already_paid",
    });
    const paidHere = system.owe();
    await system.pay(paidHere);
    await expect(create(paidHere)).rejects.toMatchObject({ code: 409, type: "invoice.already_paid" });
    expect(await system.payments(paidHere)).toMatchObject([{ status: "succeeded" }]);
    await expect(create(paidHere)).rejects.toMatchObject({ code: 409, type: "invoice.already_paid" });
    expect(await intentsOf(paidHere)).toHaveLength(1);
  });

  test.each([
    { amount_minor: 0, currency: "usd", says: "nothing to pay" },
    { amount_minor: 100_000_000, currency: "usd", says: "too large for one card payment" },
    { amount_minor: 1_001, currency: "kwd", says: "exactly this amount" },
  ])("$amount_minor $currency is refused before Stripe is asked", async ({ says, ...amount }) => {
    const invoice = system.owe(amount);
    const refused = { code: 409, type: "invoice.not_payable", message: expect.stringContaining(says) };
    await expect(create(invoice)).rejects.toMatchObject(refused);
    expect(await system.payments(invoice)).toEqual([]);
  });

  test.each([
    [30, "usd", "Card payments start at $0.50."],
    [1, "jpy", "Card payments start at ¥50."],
    [49, "eur", "Card payments start at €0.50."],
  ])("%s %s, below what a card can be charged with, is refused before Stripe is asked", async (...row) => {
    const [amount_minor, currency, says] = row;
    const invoice = system.owe({ amount_minor, currency });
    const refused = { code: 409, type: "invoice.not_payable", message: expect.stringContaining(says) };
    await expect(create(invoice)).rejects.toMatchObject(refused);
    expect(await system.payments(invoice)).toEqual([]);
  });

  test("an amount that Stripe refuses fails one attempt, however often and at once it is tried", async () => {
    const invoice = system.owe({ amount_minor: 10, currency: "zar" });
    const refused = { code: 409, type: "invoice.not_payable", message: expect.stringContaining("at least") };
    await Promise.allSettled(Array.from({ length: 10 }, () => create(invoice)));
    for (let time = 0; time < 2; time++) await expect(create(invoice)).rejects.toMatchObject(refused);
    expect(await system.payments(invoice)).toMatchObject([
      { status: "failed", last_error_code: "invoice.not_payable" },
    ]);
    // A day later exchange rates may have changed.
    const db = system.db("payments");
    await db("payments")
      .where({ invoice_id: invoice.id })
      .update({ created_at: db.raw("now() - interval '25 hours'") });
    await expect(create(invoice)).rejects.toMatchObject(refused);
    expect(await system.payments(invoice)).toHaveLength(2);
  });
});

describe("when Stripe fails", () => {
  const path = "/v1/payment_intents";

  test("its 500 is our 503; the next try has one intent", async () => {
    const invoice = system.owe();
    const fault = system.sandbox.faults.next("error_500", { method: "POST", path, times: 5 });
    await expect(create(invoice)).rejects.toMatchObject({ code: 503, type: "stripe.unavailable" });
    fault.release();
    expect(await system.payments(invoice)).toMatchObject([
      { status: "open", stripe_payment_intent_id: null },
    ]);
    const { payment_intent_id } = await create(invoice);
    expect(await intentsOf(invoice)).toMatchObject([{ id: payment_intent_id }]);
  });

  test("after it created the intent, the same key gives the same intent", async () => {
    const invoice = system.owe();
    const { hit } = system.sandbox.faults.next("die_after_acting", { method: "POST", path });
    const { payment_intent_id } = await create(invoice);
    await hit;
    expect(await intentsOf(invoice)).toMatchObject([{ id: payment_intent_id }]);
  });

  test("and we crash before the answer, the same key gives the same intent", async () => {
    const invoice = system.owe();
    const { payment_intent_id } = await create(invoice);
    await system
      .db("payments")("payments")
      .where({ invoice_id: invoice.id })
      .update({ stripe_payment_intent_id: null });
    const answers = await atOnce(3, () => create(invoice));
    expect(answers).toMatchObject([{ payment_intent_id }, { payment_intent_id }, { payment_intent_id }]);
    expect(await intentsOf(invoice)).toHaveLength(1);
    expect(await system.payments(invoice)).toMatchObject([
      { status: "open", stripe_payment_intent_id: payment_intent_id },
    ]);
  });

  test("a key that Stripe knows from another request is replaced by the next attempt", async () => {
    const invoice = system.owe();
    await stripe().paymentIntents.create(
      { amount: 100, currency: "usd" },
      { idempotencyKey: `pi:${invoice.id}:1` },
    );
    const { payment_intent_id } = await create(invoice);
    expect(await system.payments(invoice)).toMatchObject([
      { attempt: 1, status: "failed" },
      { attempt: 2, status: "open", stripe_payment_intent_id: payment_intent_id },
    ]);
  });

  test("an intent whose id was lost a day ago is found again", async () => {
    const invoice = system.owe();
    const { payment_intent_id } = await create(invoice);
    await system
      .db("payments")("payments")
      .where({ invoice_id: invoice.id })
      .update({
        stripe_payment_intent_id: null,
        created_at: system.db("payments").raw("now() - interval '25 hours'"),
      });
    // A day later Stripe has forgotten the key, which would give the same intent again.
    system.sandbox.forgetKeys();
    expect(await create(invoice)).toMatchObject({ payment_intent_id });
    expect(await intentsOf(invoice)).toHaveLength(1);
  });

  test("a test intent that no longer exists is replaced; a live one needs a check by staff", async () => {
    const invoice = system.owe();
    await create(invoice);
    const row = () => system.db("payments")("payments").where({ invoice_id: invoice.id, status: "open" });
    await row().update({ stripe_payment_intent_id: `pi_gone${randomUUID()}` });
    expect((await create(invoice)).payment_intent_id).toMatch(/^pi_/);
    expect(await system.payments(invoice)).toMatchObject([{ status: "cancelled" }, { status: "open" }]);
    await row().update({ livemode: true });
    await expect(create(invoice)).rejects.toMatchObject({ code: 409, type: "payment.under_review" });
    expect(await system.payments(invoice)).toMatchObject([{ status: "cancelled" }, { status: "open" }]);
  });
});

describe("confirming a payment", () => {
  test("a success at Stripe settles the invoice once, and invoicing knows about it", async () => {
    const invoice = system.owe();
    const intent = await system.pay(invoice);
    const before = system.caughtUp();
    expect(await verify(invoice)).toEqual({ invoice: invoice.id, number: invoice.number });
    expect(system.caughtUp()).toBe(before + 1);
    const [payment] = await system.payments(invoice);
    expect(payment).toMatchObject({ status: "succeeded", stripe_status: "succeeded" });
    expect(await system.events("payment.succeeded", invoice)).toEqual([
      {
        payment_id: payment?.["id"],
        invoice: invoice.id,
        stripe_payment_intent_id: intent.payment_intent_id,
        amount_minor: 49_900,
        currency: "usd",
        paid_at: expect.any(String),
      },
    ]);
    expect(await verify(invoice)).toEqual({ invoice: invoice.id, number: invoice.number });
    expect(await system.events("payment.succeeded", invoice)).toHaveLength(1);
  });

  test("ten calls at once make one payment", async () => {
    const invoice = system.owe();
    await system.pay(invoice);
    const answers = await atOnce(10, () => verify(invoice));
    expect(answers).toHaveLength(10);
    expect(await system.events("payment.succeeded", invoice)).toHaveLength(1);
    expect(await system.payments(invoice)).toMatchObject([{ status: "succeeded" }]);
  });

  test("without Stripe's success it is 409 with the reason", async () => {
    const invoice = system.owe();
    const refused = (says: string) => ({
      code: 409,
      type: "payment.not_confirmed",
      message: expect.stringContaining(says),
    });
    await expect(verify(invoice)).rejects.toMatchObject(refused("has been started"));
    const intent = await create(invoice);
    await expect(verify(invoice)).rejects.toMatchObject(refused("enter your card details"));
    await system.payWith("pm_card_chargeDeclinedInsufficientFunds", intent);
    await expect(verify(invoice)).rejects.toMatchObject(refused("insufficient funds"));
    await system.payWith("pm_card_threeDSecure2Required", intent);
    await expect(verify(invoice)).rejects.toMatchObject(refused("bank asks you to approve"));
    expect(await system.events("payment.succeeded", invoice)).toEqual([]);
  });

  test("a decline makes one event, and the invoice can be paid with another card", async () => {
    const invoice = system.owe();
    const intent = await create(invoice);
    await system.payWith("pm_card_chargeDeclinedInsufficientFunds", intent);
    await expect(verify(invoice)).rejects.toMatchObject({ code: 409 });
    await expect(verify(invoice)).rejects.toMatchObject({ code: 409 });
    expect(await system.events("payment.failed", invoice)).toMatchObject([{ code: "insufficient_funds" }]);
    expect(await system.payments(invoice)).toMatchObject([
      { status: "open", last_error_code: "insufficient_funds" },
    ]);
    await system.payWith("pm_card_visa", intent);
    expect(await verify(invoice)).toMatchObject({ number: invoice.number });
  });

  test("another user's invoice is 404, paid or not", async () => {
    const invoice = system.owe();
    await system.pay(invoice);
    const stranger = system.as(user(randomUUID()));
    await expect(stranger("payments.confirmPayment", { invoice: invoice.id })).rejects.toMatchObject({
      code: 404,
    });
    expect(await system.events("payment.succeeded", invoice)).toEqual([]);
    await verify(invoice);
    await expect(stranger("payments.confirmPayment", { invoice: invoice.id })).rejects.toMatchObject({
      code: 404,
    });
  });

  test("an invoice that is paid is confirmed without Stripe", async () => {
    const invoice = system.owe({ status: "paid" });
    expect(await verify(invoice)).toEqual({ invoice: invoice.id, number: invoice.number });
    expect(await system.payments(invoice)).toEqual([]);
  });

  test("the success of one invoice never pays another of the same amount", async () => {
    const [paid, other] = [system.owe(), system.owe()];
    const { payment_intent_id } = await system.pay(paid);
    await create(other);
    await expect(verify(other)).rejects.toMatchObject({ code: 409, type: "payment.not_confirmed" });
    // Not even when the row is changed to name the other invoice's intent.
    const row = (invoice: Invoice) => system.db("payments")("payments").where({ invoice_id: invoice.id });
    await row(paid).update({ stripe_payment_intent_id: `pi_${randomUUID()}` });
    await row(other).update({ stripe_payment_intent_id: payment_intent_id });
    await expect(verify(other)).rejects.toMatchObject({ code: 409, type: "payment.under_review" });
    await expect(create(other)).rejects.toMatchObject({ code: 409, type: "payment.under_review" });
    const differs = { status: "open", last_error_message: "differs: invoice_id, payment_id" };
    expect(await system.payments(other)).toMatchObject([differs]);
    expect(await system.events("payment.succeeded", other)).toEqual([]);
  });

  test("an intent with changed amount or metadata pays nothing", async () => {
    const cheaper = system.owe();
    const intent = await create(cheaper);
    await stripe().paymentIntents.update(intent.payment_intent_id, { amount: 100 });
    await system.payWith("pm_card_visa", intent);
    await expect(verify(cheaper)).rejects.toMatchObject({ code: 409, type: "payment.under_review" });
    expect(await system.payments(cheaper)).toMatchObject([
      { status: "open", last_error_message: "differs: amount" },
    ]);

    const relabelled = system.owe();
    const { payment_intent_id } = await system.pay(relabelled);
    await stripe().paymentIntents.update(payment_intent_id, { metadata: { invoice_id: cheaper.id } });
    await expect(verify(relabelled)).rejects.toMatchObject({ code: 409, type: "payment.under_review" });
    expect(await system.events("payment.succeeded", relabelled)).toEqual([]);
  });

  test("without an answer from Stripe it is 503 and changes nothing", async () => {
    const invoice = system.owe();
    await system.pay(invoice);
    const fault = system.sandbox.faults.next("error_500", { method: "GET", times: 5 });
    await expect(verify(invoice)).rejects.toMatchObject({ code: 503, type: "stripe.unavailable" });
    fault.release();
    expect(await system.payments(invoice)).toMatchObject([{ status: "open" }]);
    expect(await verify(invoice)).toMatchObject({ number: invoice.number });
  });
});

test("the page gets the publishable key and the URL of Stripe.js", async () => {
  expect(await system.as(ANONYMOUS)("payments.getPageSettings", {})).toEqual({
    publishable_key: expect.stringMatching(/^pk_test_/),
    stripe_js_url: system.sandbox.stripeJsUrl,
    sandbox: true,
  });
});
