import { whyNotConfirmed } from "../../../services/payments/domain/not-confirmed";
import { paymentStates } from "../../../services/payments/domain/payment.state";
import {
  contradictions,
  type ExpectedPayment,
  type IntentFacts,
} from "../../../services/payments/domain/contradictions";
import { fromStripeAmount, toStripeAmount } from "../../../services/payments/domain/stripe-amount";
import { paymentStatus } from "../../../shared/contracts/payments";

describe("a payment's states", () => {
  const legal = new Set(["open>succeeded", "open>failed", "open>cancelled"]);
  const pairs = paymentStatus.options.flatMap((from) => paymentStatus.options.map((to) => ({ from, to })));

  test.each(pairs)("$from → $to", ({ from, to }) => {
    expect(paymentStates.allows(from, to)).toBe(legal.has(`${from}>${to}`));
    expect(paymentStates.before(to).includes(from)).toBe(legal.has(`${from}>${to}`));
  });
});

describe("amounts for Stripe", () => {
  test.each([
    { ours: 49_900, currency: "usd", stripes: 49_900 },
    { ours: 1, currency: "usd", stripes: 1 },
    { ours: 99_999_999, currency: "usd", stripes: 99_999_999 },
    { ours: 499, currency: "jpy", stripes: 499 },
    { ours: 1_500, currency: "kwd", stripes: 1_500 },
    { ours: 500, currency: "isk", stripes: 50_000 },
    { ours: 500, currency: "ugx", stripes: 50_000 },
    { ours: 50_000, currency: "mga", stripes: 500 },
  ])("$ours $currency is $stripes to Stripe, and back", ({ ours, currency, stripes }) => {
    expect(toStripeAmount(ours, currency)).toBe(stripes);
    expect(fromStripeAmount(stripes, currency)).toBe(ours);
  });

  test.each([
    { ours: 0, currency: "usd", says: "nothing to pay" },
    { ours: -1, currency: "usd", says: "nothing to pay" },
    { ours: 100_000_000, currency: "usd", says: "too large for one card payment" },
    { ours: 1_000_000, currency: "isk", says: "too large for one card payment" },
    { ours: 1_501, currency: "kwd", says: "exactly this amount" },
    { ours: 50_001, currency: "mga", says: "exactly this amount" },
    { ours: 0.5, currency: "usd", says: "exactly this amount" },
    { ours: 100, currency: "xyz", says: "Unknown currency" },
  ])("$ours $currency cannot be charged: $says", ({ ours, currency, says }) => {
    expect(() => toStripeAmount(ours, currency)).toThrow(says);
  });

  test("a fraction of a minor unit is refused", () => {
    expect(() => fromStripeAmount(150, "isk")).toThrow("not a whole number");
  });
});

describe("whether an intent pays a payment", () => {
  const payment: ExpectedPayment = {
    id: "payment-1",
    invoice_id: "invoice-1",
    stripe_payment_intent_id: "pi_1",
    livemode: false,
    amount_minor: 49_900,
    currency: "usd",
  };
  const intent: IntentFacts = {
    id: "pi_1",
    status: "succeeded",
    amount_received: 49_900,
    currency: "usd",
    livemode: false,
    metadata: { invoice_id: "invoice-1", payment_id: "payment-1" },
  };

  test("it does when everything matches", () => {
    expect(contradictions(payment, intent, false)).toEqual([]);
  });

  test.each<{ differs: string; change: Partial<IntentFacts> }>([
    { differs: "intent", change: { id: "pi_2" } },
    { differs: "status", change: { status: "processing" } },
    { differs: "amount", change: { amount_received: 49_899 } },
    { differs: "amount", change: { amount_received: 49_901 } },
    { differs: "currency", change: { currency: "eur" } },
    { differs: "invoice_id", change: { metadata: { invoice_id: "invoice-2", payment_id: "payment-1" } } },
    { differs: "payment_id", change: { metadata: { invoice_id: "invoice-1", payment_id: "payment-2" } } },
    { differs: "livemode", change: { livemode: true } },
  ])("not when the $differs differs", ({ differs, change }) => {
    expect(contradictions(payment, { ...intent, ...change }, false)).toEqual([differs]);
  });

  test("not without metadata, nor for a payment without an intent", () => {
    expect(contradictions(payment, { ...intent, metadata: {} }, false)).toEqual(["invoice_id", "payment_id"]);
    expect(contradictions({ ...payment, stripe_payment_intent_id: null }, intent, false)).toEqual(["intent"]);
  });

  test("a test intent does not pay with a live key, nor a live one a test payment", () => {
    expect(contradictions(payment, intent, true)).toEqual(["livemode"]);
    expect(contradictions(payment, { ...intent, livemode: true }, true)).toEqual(["livemode"]);
    expect(contradictions({ ...payment, livemode: true }, { ...intent, livemode: true }, true)).toEqual([]);
  });
});

describe("the message for the payer while Stripe does not confirm", () => {
  test.each([
    ["requires_payment_method", "have not received a payment yet"],
    ["requires_confirmation", "is not complete yet"],
    ["requires_action", "bank asks you to approve"],
    ["processing", "still being processed"],
    ["canceled", "was cancelled"],
    ["something_new", "is not confirmed yet (something_new)"],
  ])("%s", (status, sentence) => {
    expect(whyNotConfirmed(status, null)).toContain(sentence);
  });

  test("a decline is explained in Stripe's words", () => {
    expect(whyNotConfirmed("requires_payment_method", "Your card has insufficient funds.")).toBe(
      "Your payment did not go through: Your card has insufficient funds.",
    );
  });
});
