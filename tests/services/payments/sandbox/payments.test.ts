import type Stripe from "stripe";
import type { Sandbox } from "../../../../services/payments/sandbox";
import { INTENT, errorOf, sdkFor, startTestSandbox } from "./support";

let sandbox: Sandbox;
let stripe: Stripe;

beforeAll(async () => {
  sandbox = await startTestSandbox({ lateOutcomeMs: 3_600_000 });
  stripe = sdkFor(sandbox);
});
afterAll(() => sandbox.stop());

/** An intent confirmed with a ready-made method, as far as it goes. */
async function pay(method: string, extra: Stripe.PaymentIntentConfirmParams = {}): Promise<Stripe.PaymentIntent> {
  const intent = await stripe.paymentIntents.create(INTENT);
  return stripe.paymentIntents.confirm(intent.id, { payment_method: method, ...extra });
}

describe("a payment intent", () => {
  test("is created as the product asks for it, and is paid with a card", async () => {
    const created = await stripe.paymentIntents.create(INTENT);
    expect(created).toMatchObject({
      object: "payment_intent",
      amount: 49_900,
      amount_received: 0,
      currency: "usd",
      livemode: false,
      status: "requires_payment_method",
      metadata: { invoice_id: "inv_1" },
      automatic_payment_methods: { enabled: true, allow_redirects: "never" },
      client_secret: expect.stringMatching(/^pi_[A-Za-z0-9]+_secret_[A-Za-z0-9]+$/) as string,
    });
    const paid = await stripe.paymentIntents.confirm(created.id, { payment_method: "pm_card_visa" });
    expect(paid).toMatchObject({ status: "succeeded", amount_received: 49_900 });
    expect(paid.latest_charge).toMatch(/^ch_/);
    expect(await stripe.paymentIntents.retrieve(created.id)).toEqual(expect.objectContaining({ status: "succeeded" }));
  });
});

describe("declined", () => {
  test("insufficient funds", async () => {
    const error = await errorOf(pay("pm_card_visa_chargeDeclinedInsufficientFunds"));
    expect(error).toMatchObject({ type: "StripeCardError", statusCode: 402, decline_code: "insufficient_funds" });
  });
});
