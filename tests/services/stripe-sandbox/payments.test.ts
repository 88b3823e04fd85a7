import Stripe from "stripe";
import type { Sandbox } from "../../../services/stripe-sandbox";
import { INTENT_STATES } from "../../../services/stripe-sandbox/domain/intent.state";
import { INTENT, PUBLISHABLE_KEY, errorOf, raw, sdkFor, startTestSandbox } from "./support";

let sandbox: Sandbox;
let stripe: Stripe;

beforeAll(async () => {
  sandbox = await startTestSandbox({ lateOutcomeMs: 3_600_000 });
  stripe = sdkFor(sandbox);
});
afterAll(() => sandbox.stop());

/** An intent confirmed with a ready-made method, as far as it goes. */
async function pay(
  method: string,
  extra: Partial<Stripe.PaymentIntentConfirmParams> = {},
): Promise<Stripe.PaymentIntent> {
  const intent = await stripe.paymentIntents.create(INTENT);
  return stripe.paymentIntents.confirm(intent.id, { payment_method: method, ...extra });
}

/** The answer of the customer's bank, as the 3D Secure dialog sends it. */
async function answerChallenge(
  intent: { id: string; client_secret: string | null },
  outcome: "complete" | "fail",
): Promise<number> {
  const form = { client_secret: intent.client_secret ?? "", outcome };
  const answer = await raw(sandbox, "POST", `/sandbox/challenges/${intent.id}`, {
    key: PUBLISHABLE_KEY,
    form,
  });
  return answer.status;
}

/** Types of the events about an object, oldest first. */
async function eventsAbout(id: string): Promise<string[]> {
  const { data } = await stripe.events.list({ limit: 100 });
  return data
    .filter((event) => JSON.stringify(event.data.object).includes(id))
    .map((event) => event.type)
    .reverse();
}

/** The payment method of one customer, kept with consent. */
async function saved(alias: string): Promise<{ customer: string; method: string }> {
  const customer = await stripe.customers.create({ email: "saved@example.com" });
  const setup = await stripe.setupIntents.create({
    customer: customer.id,
    payment_method: alias,
    confirm: true,
    automatic_payment_methods: { enabled: true, allow_redirects: "never" },
  });
  if (setup.status === "requires_action") await answerChallenge(setup, "complete");
  const [method] = (await stripe.paymentMethods.list({ customer: customer.id, type: "card" })).data;
  return { customer: customer.id, method: method?.id ?? "" };
}

describe("a payment intent", () => {
  test("is created as the product creates it, and is paid with a card", async () => {
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
    });
    expect(created.client_secret).toMatch(/^pi_[A-Za-z0-9]+_secret_[A-Za-z0-9]+$/);
    const paid = await stripe.paymentIntents.confirm(created.id, { payment_method: "pm_card_visa" });
    expect(paid).toMatchObject({ status: "succeeded", amount_received: 49_900, last_payment_error: null });
    expect(paid.latest_charge).toMatch(/^ch_/);
    expect((await stripe.paymentIntents.retrieve(created.id)).status).toBe("succeeded");
    expect(await eventsAbout(created.id)).toEqual([
      "payment_intent.created",
      "charge.succeeded",
      "payment_intent.succeeded",
    ]);
  });

  test("expands references, and nothing else", async () => {
    const { id } = await pay("pm_card_visa");
    const intent = await stripe.paymentIntents.retrieve(id, {
      expand: ["latest_charge.refunds", "payment_method"],
    });
    expect(intent.latest_charge).toMatchObject({ object: "charge", amount: 49_900, refunds: { data: [] } });
    expect(intent.payment_method).toMatchObject({ object: "payment_method", card: { last4: "4242" } });
    const list = await stripe.paymentIntents.list({ limit: 1, expand: ["data.latest_charge"] });
    expect(list.data[0]?.latest_charge).toMatchObject({ object: "charge" });
    const error = await errorOf(stripe.paymentIntents.retrieve(id, { expand: ["amount"] }));
    expect(error).toMatchObject({ statusCode: 400, message: "This property cannot be expanded (amount)." });
  });

  test("accepts allowed_payment_method_types, and refuses payment_method_types by name", async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 100,
      currency: "usd",
      allowed_payment_method_types: ["card"],
    });
    expect(intent).toMatchObject({ allowed_payment_method_types: ["card"], automatic_payment_methods: null });
    const form = { amount: "100", currency: "usd", "payment_method_types[]": "card" };
    const refused = await raw(sandbox, "POST", "/v1/payment_intents", { form });
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({
      error: { code: "parameter_unknown", param: "payment_method_types" },
    });
  });

  test("follows the state machine", () => {
    const open = ["requires_payment_method", "requires_confirmation", "requires_action"] as const;
    const statuses = [...open, "succeeded", "canceled"] as const;
    for (const from of statuses) {
      for (const to of statuses)
        expect([from, to, INTENT_STATES.allows(from, to)]).toEqual([
          from,
          to,
          open.some((each) => each === from),
        ]);
    }
    expect(INTENT_STATES.allows("processing", "succeeded")).toBe(false);
  });

  test("stays paid or canceled", async () => {
    const paid = await pay("pm_card_visa");
    const cancelled = await stripe.paymentIntents.cancel((await stripe.paymentIntents.create(INTENT)).id, {
      cancellation_reason: "abandoned",
    });
    expect(cancelled).toMatchObject({ status: "canceled", cancellation_reason: "abandoned" });
    expect(cancelled.canceled_at).toEqual(expect.any(Number));
    for (const { id, status } of [paid, cancelled]) {
      for (const call of [
        stripe.paymentIntents.confirm(id, { payment_method: "pm_card_visa" }),
        stripe.paymentIntents.cancel(id),
        stripe.paymentIntents.update(id, { amount: 500 }),
      ]) {
        const error = await errorOf(call);
        expect(error).toMatchObject({
          statusCode: 400,
          code: "payment_intent_unexpected_state",
          payment_intent: { id, status },
        });
      }
    }
  });

  test("is updated while open: amount, method, merged metadata, and an empty value unsets", async () => {
    const { id } = await stripe.paymentIntents.create(INTENT);
    const updated = await stripe.paymentIntents.update(id, {
      amount: 60_000,
      description: "Pro plan",
      metadata: { attempt: "2", invoice_id: "" },
      payment_method: "pm_card_visa",
    });
    expect(updated).toMatchObject({
      amount: 60_000,
      description: "Pro plan",
      status: "requires_confirmation",
    });
    expect(updated.metadata).toEqual({ attempt: "2" });
    expect(await stripe.paymentIntents.confirm(id)).toMatchObject({
      status: "succeeded",
      amount_received: 60_000,
    });
    expect((await stripe.paymentIntents.update(id, { metadata: "" })).metadata).toEqual({});
  });

  test("needs a method to be confirmed with, and a return_url where methods may redirect", async () => {
    const { id } = await stripe.paymentIntents.create({ amount: 500, currency: "eur" });
    expect(await errorOf(stripe.paymentIntents.confirm(id))).toMatchObject({
      code: "payment_intent_unexpected_state",
    });
    expect(
      await errorOf(stripe.paymentIntents.confirm(id, { payment_method: "pm_card_visa" })),
    ).toMatchObject({
      param: "return_url",
    });
    const paid = await stripe.paymentIntents.confirm(id, {
      payment_method: "pm_card_visa",
      return_url: "https://example.com/back",
    });
    expect(paid.status).toBe("succeeded");
  });

  test("is found in the list by customer, page by page, newest first", async () => {
    const customer = await stripe.customers.create();
    const made: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      made.unshift((await stripe.paymentIntents.create({ ...INTENT, customer: customer.id })).id);
    }
    const seen: string[] = [];
    for await (const intent of stripe.paymentIntents.list({ customer: customer.id, limit: 2 }))
      seen.push(intent.id);
    expect(seen).toEqual(made);
    const [, second = "", third = ""] = made;
    const before = await stripe.paymentIntents.list({
      customer: customer.id,
      limit: 1,
      ending_before: third,
    });
    expect(before.data.map(({ id }) => id)).toEqual([second]);
  });
});

describe("an amount", () => {
  test.each([
    [49, "usd", "amount_too_small"],
    [0, "usd", "parameter_invalid_integer"],
    [100_000_000, "usd", "amount_too_large"],
    [49, "jpy", "amount_too_small"],
    [1_001, "kwd", "parameter_invalid_integer"],
    [29, "gbp", "amount_too_small"],
  ])("of %i %s is refused with %s", async (amount, currency, code) => {
    const error = await errorOf(stripe.paymentIntents.create({ amount, currency }));
    expect(error).toMatchObject({ statusCode: 400, code, param: "amount" });
  });

  test.each([
    [50, "usd"],
    [99_999_999, "usd"],
    [50, "jpy"],
    [1_010, "kwd"],
    [30, "gbp"],
    [500, "USD"],
  ])("of %i %s is taken", async (amount, currency) => {
    const intent = await stripe.paymentIntents.create({ amount, currency });
    expect(intent).toMatchObject({ amount, currency: currency.toLowerCase() });
  });
});

describe("the test cards", () => {
  test.each([
    ["pm_card_visa", "4242", "visa"],
    ["pm_card_mastercard", "4444", "mastercard"],
    ["pm_card_amex", "0005", "amex"],
  ])("%s pays", async (alias, last4, brand) => {
    const { latest_charge } = await pay(alias, { expand: ["latest_charge"] });
    expect(latest_charge).toMatchObject({
      status: "succeeded",
      paid: true,
      payment_method_details: { card: { last4, brand } },
    });
  });

  test.each([
    ["4000000000000002", "pm_card_visa_chargeDeclined", "card_declined", "generic_decline"],
    [
      "4000000000009995",
      "pm_card_visa_chargeDeclinedInsufficientFunds",
      "card_declined",
      "insufficient_funds",
    ],
    ["4000000000009987", "pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"],
    ["4000000000009979", "pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"],
    ["4000000000000069", "pm_card_chargeDeclinedExpiredCard", "expired_card", ""],
    ["4000000000000127", "pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", ""],
    ["4000000000000119", "pm_card_chargeDeclinedProcessingError", "processing_error", ""],
    ["4000000000000341", "pm_card_chargeCustomerFail", "card_declined", "generic_decline"],
    ["4100000000000019", "pm_card_radarBlock", "card_declined", "fraudulent"],
  ])("%s (%s) is declined: %s %s", async (number, alias, code, declineCode) => {
    const method = await stripe.paymentMethods.create({
      type: "card",
      card: { number, exp_month: 12, exp_year: 2040, cvc: "123" },
    });
    for (const reference of [alias, method.id]) {
      const intent = await stripe.paymentIntents.create(INTENT);
      const error = await errorOf(stripe.paymentIntents.confirm(intent.id, { payment_method: reference }));
      expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
      expect(error).toMatchObject({ statusCode: 402, code, decline_code: declineCode });
      const after = await stripe.paymentIntents.retrieve(intent.id, { expand: ["latest_charge"] });
      expect(after).toMatchObject({
        status: "requires_payment_method",
        payment_method: null,
        last_payment_error: { type: "card_error", code, payment_method: { object: "payment_method" } },
        latest_charge: { status: "failed", paid: false, failure_code: code },
      });
      expect(await eventsAbout(intent.id)).toEqual([
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
      ]);
    }
  });

  test("a decline leaves the intent payable with another card", async () => {
    const intent = await stripe.paymentIntents.create(INTENT);
    await errorOf(stripe.paymentIntents.confirm(intent.id, { payment_method: "pm_card_chargeDeclined" }));
    const paid = await stripe.paymentIntents.confirm(intent.id, { payment_method: "pm_card_visa" });
    expect(paid).toMatchObject({ status: "succeeded", last_payment_error: null });
  });

  test.each([
    [{ number: "4242424242424241" }, "incorrect_number"],
    [{ number: "42" }, "invalid_number"],
    [{ exp_month: 13 }, "invalid_expiry_month"],
    [{ exp_year: 2020 }, "invalid_expiry_year"],
    [{ cvc: "12" }, "invalid_cvc"],
  ])("a card with %j is refused before the bank is asked: %s", async (change, code) => {
    const card = { number: "4242424242424242", exp_month: 12, exp_year: 2040, cvc: "123", ...change };
    expect(await errorOf(stripe.paymentMethods.create({ type: "card", card }))).toMatchObject({
      statusCode: 402,
      code,
    });
  });

  test("a number that is no test card is declined as a real one", async () => {
    const card = { number: "4111111111111111", exp_month: 12, exp_year: 2040 };
    const method = await stripe.paymentMethods.create({ type: "card", card });
    expect(await errorOf(pay(method.id))).toMatchObject({ decline_code: "test_mode_live_card" });
  });

  test("a blocked card never reaches the bank", async () => {
    const error = await errorOf(pay("pm_card_radarBlock"));
    const charge = await stripe.charges.retrieve(error.charge ?? "");
    expect(charge.outcome).toMatchObject({ type: "blocked", network_status: "not_sent_to_network" });
  });
});

describe("3D Secure", () => {
  test.each([
    "pm_card_authenticationRequiredOnSetup",
    "pm_card_authenticationRequired",
    "pm_card_threeDSecure2Required",
  ])("%s asks the customer, then pays", async (card) => {
    const intent = await pay(card);
    expect(intent).toMatchObject({ status: "requires_action", next_action: { type: "use_stripe_sdk" } });
    expect(await answerChallenge(intent, "complete")).toBe(200);
    const paid = await stripe.paymentIntents.retrieve(intent.id, { expand: ["latest_charge"] });
    expect(paid).toMatchObject({ status: "succeeded", next_action: null });
    expect(paid.latest_charge).toMatchObject({
      payment_method_details: { card: { three_d_secure: { result: "authenticated" } } },
    });
    expect(await eventsAbout(intent.id)).toContain("payment_intent.requires_action");
  });

  test("a failure leaves the intent payable, without a charge", async () => {
    const intent = await pay("pm_card_threeDSecure2Required");
    expect(await answerChallenge(intent, "fail")).toBe(200);
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: "requires_payment_method",
      latest_charge: null,
      last_payment_error: { code: "payment_intent_authentication_failure" },
    });
    expect(await eventsAbout(intent.id)).toContain("payment_intent.payment_failed");
    expect(await answerChallenge(intent, "complete")).toBe(400);
  });

  test("the bank can still decline after it", async () => {
    const intent = await pay("pm_card_threeDSecureRequiredChargeDeclined");
    await answerChallenge(intent, "complete");
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: "requires_payment_method",
      last_payment_error: { code: "card_declined" },
    });
  });

  test("a changed amount starts it over", async () => {
    const intent = await pay("pm_card_threeDSecure2Required");
    const changed = await stripe.paymentIntents.update(intent.id, { amount: 100 });
    expect(changed).toMatchObject({ status: "requires_confirmation", next_action: null });
    expect(await answerChallenge(intent, "complete")).toBe(400);
  });

  test("off-session: a card that was set up pays, one that always asks is declined", async () => {
    const easy = await saved("pm_card_authenticationRequiredOnSetup");
    const offSession = { ...INTENT, off_session: true, confirm: true };
    const paid = await stripe.paymentIntents.create({
      ...offSession,
      customer: easy.customer,
      payment_method: easy.method,
    });
    expect(paid.status).toBe("succeeded");
    const strict = await saved("pm_card_authenticationRequired");
    const attempt = stripe.paymentIntents.create({
      ...offSession,
      customer: strict.customer,
      payment_method: strict.method,
    });
    expect(await errorOf(attempt)).toMatchObject({
      statusCode: 402,
      code: "authentication_required",
      payment_intent: { status: "requires_payment_method" },
    });
  });

  test("error_on_requires_action turns the question into a decline", async () => {
    const error = await errorOf(pay("pm_card_threeDSecure2Required", { error_on_requires_action: true }));
    expect(error).toMatchObject({ statusCode: 402, code: "authentication_required" });
  });
});

describe("saved cards", () => {
  test("setup_future_usage saves the card for its customer only", async () => {
    const [owner, stranger] = [await stripe.customers.create(), await stripe.customers.create()];
    const paid = await stripe.paymentIntents.create({
      ...INTENT,
      customer: owner.id,
      payment_method: "pm_card_visa",
      setup_future_usage: "off_session",
      confirm: true,
    });
    const { data } = await stripe.customers.listPaymentMethods(owner.id);
    expect(data.map(({ id }) => id)).toEqual([paid.payment_method]);
    const theft = {
      ...INTENT,
      customer: stranger.id,
      payment_method: String(paid.payment_method),
      confirm: true,
    };
    expect(await errorOf(stripe.paymentIntents.create(theft))).toMatchObject({ param: "payment_method" });
  });

  test("a card used without a customer pays once, a detached one never again", async () => {
    const { payment_method: used } = await pay("pm_card_visa");
    expect(await errorOf(pay(String(used)))).toMatchObject({ statusCode: 400, param: "payment_method" });
    const { customer, method } = await saved("pm_card_visa");
    expect((await stripe.paymentMethods.retrieve(method)).customer).toBe(customer);
    expect((await stripe.paymentMethods.detach(method)).customer).toBeNull();
    expect(await errorOf(stripe.paymentMethods.attach(method, { customer }))).toMatchObject({
      statusCode: 400,
    });
    expect(await errorOf(stripe.paymentMethods.detach(method))).toMatchObject({ statusCode: 400 });
  });

  test("a card that declines cannot be attached; 4000000000000341 can, and declines later", async () => {
    const { id: customer } = await stripe.customers.create();
    const refused = stripe.paymentMethods.attach("pm_card_chargeDeclined", { customer });
    expect(await errorOf(refused)).toMatchObject({ statusCode: 402, code: "card_declined" });
    const method = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer });
    const attempt = stripe.paymentIntents.create({
      ...INTENT,
      customer,
      payment_method: method.id,
      confirm: true,
    });
    expect(await errorOf(attempt)).toMatchObject({ code: "card_declined" });
  });

  test("a setup intent is confirmed, declined, challenged and cancelled", async () => {
    const { id: customer } = await stripe.customers.create();
    const setup = (): Promise<Stripe.SetupIntent> =>
      stripe.setupIntents.create({ customer, usage: "off_session" });
    const declined = await setup();
    const decline = stripe.setupIntents.confirm(declined.id, { payment_method: "pm_card_chargeDeclined" });
    expect(await errorOf(decline)).toMatchObject({
      code: "card_declined",
      setup_intent: { id: declined.id },
    });
    const confirmed = await stripe.setupIntents.confirm(declined.id, { payment_method: "pm_card_visa" });
    expect(confirmed).toMatchObject({ status: "succeeded", last_setup_error: null });

    const challenged = await setup();
    await stripe.setupIntents.confirm(challenged.id, { payment_method: "pm_card_authenticationRequired" });
    await answerChallenge(challenged, "fail");
    expect(await stripe.setupIntents.retrieve(challenged.id)).toMatchObject({
      status: "requires_payment_method",
      last_setup_error: { code: "setup_intent_authentication_failure" },
    });
    expect(await stripe.setupIntents.cancel(challenged.id)).toMatchObject({ status: "canceled" });
    const again = stripe.setupIntents.confirm(challenged.id, { payment_method: "pm_card_visa" });
    expect(await errorOf(again)).toMatchObject({ code: "setup_intent_unexpected_state" });
    expect((await stripe.setupIntents.list({ customer })).data).toHaveLength(2);
  });
});

describe("changes of saved cards and setup intents", () => {
  test("a saved card is found with its own customer only, and can be changed", async () => {
    const { customer, method } = await saved("pm_card_visa");
    const { id: stranger } = await stripe.customers.create();
    expect((await stripe.customers.retrievePaymentMethod(customer, method)).id).toBe(method);
    const foreign = stripe.customers.retrievePaymentMethod(stranger, method);
    expect(await errorOf(foreign)).toMatchObject({ statusCode: 404, code: "resource_missing" });

    const address = { city: "Bonn", country: "DE" };
    await stripe.paymentMethods.update(method, { billing_details: { name: "Ada", address } });
    const updated = await stripe.paymentMethods.update(method, {
      billing_details: { email: "ada@example.com", address: { country: "" } },
      card: { exp_month: 3, exp_year: 2041 },
      metadata: { card: "first" },
    });
    expect(updated).toMatchObject({
      billing_details: { name: "Ada", email: "ada@example.com", address: { city: "Bonn", country: null } },
      card: { exp_month: 3, exp_year: 2041, last4: "4242" },
      metadata: { card: "first" },
    });
    expect(await eventsAbout(method)).toContain("payment_method.updated");

    const loose = await stripe.paymentMethods.create({
      type: "card",
      card: { number: "4242424242424242", exp_month: 12, exp_year: 2040 },
    });
    const refused = stripe.paymentMethods.update(loose.id, { metadata: { a: "b" } });
    expect(await errorOf(refused)).toMatchObject({ statusCode: 400, param: "payment_method" });
  });

  test("a setup intent is updated while open", async () => {
    const { id: customer } = await stripe.customers.create();
    const setup = await stripe.setupIntents.create({ description: "A card for later" });
    const updated = await stripe.setupIntents.update(setup.id, {
      customer,
      description: "",
      metadata: { user_id: "u1" },
      payment_method: "pm_card_visa",
    });
    expect(updated).toMatchObject({
      customer,
      description: null,
      metadata: { user_id: "u1" },
      status: "requires_confirmation",
    });
    const confirmed = await stripe.setupIntents.confirm(setup.id);
    expect(confirmed).toMatchObject({ status: "succeeded", payment_method: updated.payment_method });
    for (const change of [{ customer }, { payment_method: "pm_card_visa" }]) {
      expect(await errorOf(stripe.setupIntents.update(setup.id, change))).toMatchObject({
        statusCode: 400,
        code: "setup_intent_unexpected_state",
      });
    }
  });
});

describe("refunds and disputes", () => {
  test("a payment is refunded in parts up to its amount, never beyond", async () => {
    const intent = await pay("pm_card_visa");
    const first = await stripe.refunds.create({ payment_intent: intent.id, amount: 10_000 });
    expect(first).toMatchObject({ amount: 10_000, status: "succeeded", charge: intent.latest_charge });
    const tooMuch = stripe.refunds.create({ payment_intent: intent.id, amount: 39_901 });
    expect(await errorOf(tooMuch)).toMatchObject({ statusCode: 400, param: "amount" });
    const rest = await stripe.refunds.create({
      charge: String(intent.latest_charge),
      reason: "requested_by_customer",
    });
    expect(rest.amount).toBe(39_900);
    const charge = await stripe.charges.retrieve(String(intent.latest_charge), { expand: ["refunds"] });
    expect(charge).toMatchObject({ amount_refunded: 49_900, refunded: true });
    expect(charge.refunds?.data.map(({ id }) => id)).toEqual([rest.id, first.id]);
    expect(await errorOf(stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({
      code: "charge_already_refunded",
    });
    const events = await eventsAbout(intent.id);
    expect(events.filter((type) => type === "charge.refunded")).toHaveLength(2);
    expect((await stripe.refunds.list({ payment_intent: intent.id })).data).toHaveLength(2);
  });

  test("what was not paid cannot be refunded", async () => {
    const intent = await stripe.paymentIntents.create(INTENT);
    expect(await errorOf(stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({
      statusCode: 400,
    });
    expect(await errorOf(stripe.refunds.create({}))).toMatchObject({ code: "parameter_missing" });
  });

  test("late outcomes: a pending refund succeeds, a failed one is taken off the charge", async () => {
    const arriving = await pay("pm_card_pendingRefund");
    const pending = await stripe.refunds.create({ payment_intent: arriving.id });
    expect(pending.status).toBe("pending");
    const failing = await pay("pm_card_refundFail");
    const bounced = await stripe.refunds.create({ payment_intent: failing.id });
    expect(bounced.status).toBe("succeeded");

    await sandbox.finishRefunds();

    expect((await stripe.refunds.retrieve(pending.id)).status).toBe("succeeded");
    expect(await stripe.refunds.retrieve(bounced.id)).toMatchObject({
      status: "failed",
      failure_reason: "expired_or_canceled_card",
    });
    const charge = await stripe.charges.retrieve(String(failing.latest_charge));
    expect(charge).toMatchObject({ amount_refunded: 0, refunded: false });
    expect(await eventsAbout(bounced.id)).toContain("refund.failed");
    expect(await eventsAbout(pending.id)).toContain("refund.updated");
  });

  test("a disputed payment is marked, and cannot be refunded too", async () => {
    const intent = await pay("pm_card_createDispute");
    const [dispute] = (await stripe.disputes.list({ payment_intent: intent.id })).data;
    expect(dispute).toMatchObject({ amount: 49_900, status: "needs_response", charge: intent.latest_charge });
    expect((await stripe.charges.retrieve(String(intent.latest_charge))).disputed).toBe(true);
    expect(await eventsAbout(intent.id)).toContain("charge.dispute.created");
    expect(await errorOf(stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({
      code: "charge_disputed",
    });
    expect((await stripe.disputes.close(dispute?.id ?? "")).status).toBe("lost");
  });
});

describe("customers", () => {
  test("are created, found, updated and deleted", async () => {
    const email = "someone@example.com";
    const customer = await stripe.customers.create({ email, name: "Someone", metadata: { user_id: "u1" } });
    expect((await stripe.customers.list({ email })).data.map(({ id }) => id)).toEqual([customer.id]);
    const updated = await stripe.customers.update(customer.id, { name: "", metadata: { plan: "pro" } });
    expect(updated).toMatchObject({ name: null, email, metadata: { user_id: "u1", plan: "pro" } });
    expect(await stripe.customers.del(customer.id)).toMatchObject({ id: customer.id, deleted: true });
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ deleted: true });
    expect(await errorOf(stripe.customers.update(customer.id, { name: "x" }))).toMatchObject({
      statusCode: 404,
    });
    expect((await stripe.customers.list({ email })).data).toEqual([]);
    const orphan = stripe.paymentIntents.create({ ...INTENT, customer: customer.id });
    expect(await errorOf(orphan)).toMatchObject({ code: "resource_missing", param: "customer" });
  });
});
