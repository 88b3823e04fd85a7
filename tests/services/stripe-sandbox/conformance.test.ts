import type Stripe from "stripe";
import type { Sandbox } from "../../../services/stripe-sandbox";
import { API_VERSION } from "../../../services/stripe-sandbox/api/version";
import { INTENT, errorOf, raw, sdkFor, startTestSandbox } from "./support";

/** The required fields of the SDK's types; a list that lacks one, or has another, does not compile. */
type RequiredKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];
type Keys<T> = Record<RequiredKeys<T>, true>;

const PAYMENT_INTENT: Keys<Stripe.PaymentIntent> = {
  id: true,
  object: true,
  allowed_payment_method_types: true,
  amount: true,
  amount_capturable: true,
  amount_received: true,
  application: true,
  application_fee_amount: true,
  automatic_payment_methods: true,
  canceled_at: true,
  cancellation_reason: true,
  capture_method: true,
  client_secret: true,
  confirmation_method: true,
  created: true,
  currency: true,
  customer: true,
  customer_account: true,
  description: true,
  excluded_payment_method_types: true,
  last_payment_error: true,
  latest_charge: true,
  livemode: true,
  managed_payments: true,
  metadata: true,
  next_action: true,
  on_behalf_of: true,
  payment_method: true,
  payment_method_configuration_details: true,
  payment_method_options: true,
  payment_method_types: true,
  payment_record: true,
  processing: true,
  receipt_email: true,
  review: true,
  setup_future_usage: true,
  shipping: true,
  source: true,
  statement_descriptor: true,
  statement_descriptor_suffix: true,
  status: true,
  transfer_group: true,
};

const SETUP_INTENT: Keys<Stripe.SetupIntent> = {
  id: true,
  object: true,
  allowed_payment_method_types: true,
  application: true,
  automatic_payment_methods: true,
  cancellation_reason: true,
  client_secret: true,
  created: true,
  customer: true,
  description: true,
  excluded_payment_method_types: true,
  last_setup_error: true,
  latest_attempt: true,
  livemode: true,
  mandate: true,
  metadata: true,
  next_action: true,
  on_behalf_of: true,
  payment_method: true,
  payment_method_configuration_details: true,
  payment_method_options: true,
  payment_method_types: true,
  single_use_mandate: true,
  status: true,
  usage: true,
};

const PAYMENT_METHOD: Keys<Stripe.PaymentMethod> = {
  id: true,
  object: true,
  billing_details: true,
  created: true,
  customer: true,
  customer_account: true,
  livemode: true,
  metadata: true,
  type: true,
};

const CARD: Keys<Stripe.PaymentMethod.Card> = {
  brand: true,
  checks: true,
  country: true,
  display_brand: true,
  exp_month: true,
  exp_year: true,
  funding: true,
  generated_from: true,
  last4: true,
  networks: true,
  regulated_status: true,
  three_d_secure_usage: true,
  wallet: true,
};

const CHARGE: Keys<Stripe.Charge> = {
  id: true,
  object: true,
  amount: true,
  amount_captured: true,
  amount_refunded: true,
  application: true,
  application_fee: true,
  application_fee_amount: true,
  balance_transaction: true,
  billing_details: true,
  calculated_statement_descriptor: true,
  captured: true,
  created: true,
  currency: true,
  customer: true,
  description: true,
  disputed: true,
  failure_balance_transaction: true,
  failure_code: true,
  failure_message: true,
  fraud_details: true,
  livemode: true,
  metadata: true,
  on_behalf_of: true,
  outcome: true,
  paid: true,
  payment_intent: true,
  payment_method: true,
  payment_method_details: true,
  receipt_email: true,
  receipt_number: true,
  receipt_url: true,
  refunded: true,
  review: true,
  shipping: true,
  source: true,
  source_transfer: true,
  statement_descriptor: true,
  statement_descriptor_suffix: true,
  status: true,
  transfer_data: true,
  transfer_group: true,
};

const CHARGED_CARD: Keys<Stripe.Charge.PaymentMethodDetails.Card> = {
  amount_authorized: true,
  authorization_code: true,
  brand: true,
  checks: true,
  country: true,
  electronic_commerce_indicator: true,
  exp_month: true,
  exp_year: true,
  funding: true,
  installments: true,
  last4: true,
  mandate: true,
  network: true,
  network_transaction_id: true,
  regulated_status: true,
  three_d_secure: true,
  transaction_link_id: true,
  wallet: true,
};

const OUTCOME: Keys<Stripe.Charge.Outcome> = {
  advice_code: true,
  network_advice_code: true,
  network_decline_code: true,
  network_status: true,
  reason: true,
  seller_message: true,
  type: true,
};

const REFUND: Keys<Stripe.Refund> = {
  id: true,
  object: true,
  amount: true,
  balance_transaction: true,
  charge: true,
  created: true,
  currency: true,
  customer: true,
  customer_account: true,
  metadata: true,
  payment_intent: true,
  payment_method: true,
  reason: true,
  receipt_number: true,
  source_transfer_reversal: true,
  status: true,
  transfer_reversal: true,
};

const DISPUTE: Keys<Stripe.Dispute> = {
  id: true,
  object: true,
  amount: true,
  balance_transactions: true,
  charge: true,
  created: true,
  currency: true,
  enhanced_eligibility_types: true,
  evidence: true,
  evidence_details: true,
  intended_submission_method: true,
  is_charge_refundable: true,
  livemode: true,
  metadata: true,
  payment_intent: true,
  reason: true,
  status: true,
};

const CUSTOMER: Keys<Stripe.Customer> = {
  id: true,
  object: true,
  balance: true,
  created: true,
  default_source: true,
  description: true,
  email: true,
  invoice_settings: true,
  livemode: true,
  metadata: true,
  shipping: true,
};

const EVENT: Keys<Stripe.PaymentIntentSucceededEvent> = {
  id: true,
  object: true,
  api_version: true,
  created: true,
  data: true,
  livemode: true,
  pending_webhooks: true,
  request: true,
  type: true,
};

const WEBHOOK_ENDPOINT: Keys<Stripe.WebhookEndpoint> = {
  id: true,
  object: true,
  api_version: true,
  application: true,
  created: true,
  description: true,
  enabled_events: true,
  livemode: true,
  metadata: true,
  status: true,
  url: true,
};

/** Expects every required field, null where it is unused. */
function expectAll(keys: Record<string, true>, object: object | null | undefined): void {
  const actual = object ?? {};
  expect(Object.keys(keys).filter((key) => !Object.hasOwn(actual, key))).toEqual([]);
  expect(Object.values(actual)).not.toContain(undefined);
}

describe("answers have every field of the SDK's types", () => {
  let sandbox: Sandbox;
  let stripe: Stripe;

  beforeAll(async () => {
    sandbox = await startTestSandbox();
    stripe = sdkFor(sandbox);
  });
  afterAll(() => sandbox.stop());

  test("for a payment, in each of its states", async () => {
    const open = await stripe.paymentIntents.create(INTENT);
    expectAll(PAYMENT_INTENT, open);
    const asking = { payment_method: "pm_card_authenticationRequired" };
    expectAll(PAYMENT_INTENT, await stripe.paymentIntents.confirm(open.id, asking));
    const error = await errorOf(
      stripe.paymentIntents.confirm(open.id, { payment_method: "pm_card_chargeDeclined" }),
    );
    expectAll(PAYMENT_INTENT, error.payment_intent);
    expectAll(PAYMENT_METHOD, error.payment_method);
    const expand = ["latest_charge", "payment_method"];
    const paid = await stripe.paymentIntents.confirm(open.id, { payment_method: "pm_card_visa", expand });
    expectAll(PAYMENT_INTENT, paid);
    expectAll(
      PAYMENT_INTENT,
      await stripe.paymentIntents.cancel((await stripe.paymentIntents.create(INTENT)).id),
    );
    const { latest_charge: charge, payment_method: method } = paid;
    if (typeof charge === "string" || typeof method === "string") throw new Error("they were expanded");
    expectAll(CHARGE, charge);
    expectAll(CHARGED_CARD, charge?.payment_method_details?.card);
    expectAll(OUTCOME, charge?.outcome);
    expectAll(PAYMENT_METHOD, method);
    expectAll(CARD, method?.card);
  });

  test("for refunds and disputes", async () => {
    const pay = (method: string): Promise<Stripe.PaymentIntent> =>
      stripe.paymentIntents.create({ ...INTENT, payment_method: method, confirm: true });
    expectAll(REFUND, await stripe.refunds.create({ payment_intent: (await pay("pm_card_visa")).id }));
    const { data } = await stripe.disputes.list({ payment_intent: (await pay("pm_card_createDispute")).id });
    expectAll(DISPUTE, data[0]);
  });

  test("for customers, setup intents, events and webhook endpoints", async () => {
    const customer = await stripe.customers.create();
    expectAll(CUSTOMER, customer);
    expectAll(SETUP_INTENT, await stripe.setupIntents.create({ customer: customer.id }));
    const endpoint = { url: "http://127.0.0.1:9/", enabled_events: ["charge.refunded" as const] };
    expectAll(WEBHOOK_ENDPOINT, await stripe.webhookEndpoints.create(endpoint));
    const [event] = (await stripe.events.list({ type: "customer.created" })).data;
    expectAll(EVENT, event);
    expectAll(CUSTOMER, event?.data.object);
    expectAll(EVENT, await stripe.events.retrieve(event?.id ?? ""));
  });
});

describe("callers of other versions of the API", () => {
  let sandbox: Sandbox;
  beforeAll(async () => void (sandbox = await startTestSandbox()));
  afterAll(() => sandbox.stop());

  /** Stripe's command line sends no version unless it is told one. */
  const COMMAND_LINE = { "User-Agent": "Stripe/v1 stripe-cli/1.52.0" };
  /** As `stripe trigger payment_intent.succeeded` sends it. */
  const TRIGGER_FORM = {
    amount: "2000",
    confirm: "true",
    currency: "usd",
    description: "(created by Stripe CLI)",
    payment_method: "pm_card_visa",
    "payment_method_types[]": "card",
    "shipping[address][city]": "San Francisco",
    "shipping[address][country]": "US",
    "shipping[address][line1]": "510 Townsend St",
    "shipping[address][postal_code]": "94103",
    "shipping[address][state]": "CA",
    "shipping[name]": "Jenny Rosen",
  };

  function post(path: string, form: Record<string, string>, headers: Record<string, string>) {
    return raw(sandbox, "POST", path, { form, headers });
  }

  test.each([
    ["Stripe's command line", COMMAND_LINE],
    ["SDK 17", { "Stripe-Version": "2025-02-24.acacia" }],
    ["SDK 18", { "Stripe-Version": "2025-08-27.basil" }],
    ["the last version that had it", { "Stripe-Version": "2026-08-26.dahlia" }],
    ["a version from before they had names", { "Stripe-Version": "2022-11-15" }],
  ])("payment_method_types is accepted from %s", async (_who, headers) => {
    const paid = await post("/v1/payment_intents", TRIGGER_FORM, headers);
    expect(paid).toMatchObject({
      status: 200,
      body: { status: "succeeded", payment_method_types: ["card"], allowed_payment_method_types: ["card"] },
    });
    const types = { "payment_method_types[0]": "card" };
    const setup = await post("/v1/setup_intents", types, headers);
    expect(setup).toMatchObject({ status: 200, body: { payment_method_types: ["card"] } });
    const open = await post("/v1/payment_intents", { amount: "2000", currency: "usd", ...types }, headers);
    const path = `/v1/payment_intents/${String(open.body["id"])}`;
    expect(await post(path, { ...types, description: "x" }, headers)).toMatchObject({ status: 200 });
  });

  test.each([
    [{ "Stripe-Version": "2026-09-30.endive" }],
    [{ "Stripe-Version": API_VERSION }],
    [{ ...COMMAND_LINE, "Stripe-Version": API_VERSION }],
    [{}],
  ])("payment_method_types is refused with %j", async (headers) => {
    const refused = await post("/v1/payment_intents", TRIGGER_FORM, headers);
    expect(refused).toMatchObject({
      status: 400,
      body: { error: { code: "parameter_unknown", param: "payment_method_types" } },
    });
  });

  test("older versions accept allowed_payment_method_types too, and no method but card", async () => {
    const form = { amount: "2000", currency: "usd", "allowed_payment_method_types[]": "card" };
    expect(await post("/v1/payment_intents", form, COMMAND_LINE)).toMatchObject({ status: 200 });
    const other = { amount: "2000", currency: "usd", "payment_method_types[]": "sepa_debit" };
    const refused = await post("/v1/payment_intents", other, COMMAND_LINE);
    expect(refused).toMatchObject({ status: 400, body: { error: { type: "invalid_request_error" } } });
  });

  test("an invalid version is refused", async () => {
    const refused = await post("/v1/customers", {}, { "Stripe-Version": "latest" });
    expect(refused).toMatchObject({ status: 400, body: { error: { type: "invalid_request_error" } } });
  });
});
