import type Stripe from "stripe";
import { clientSecretOf, newId } from "../state/ids";

/** The only kind of payment method that the sandbox takes. */
const CARD_ONLY = ["card"];

/** A payment intent in its first state, with every field of the API. */
export function newPaymentIntent(
  amountMinor: number,
  currency: string,
  created: number,
): Stripe.PaymentIntent {
  const id = newId("pi");
  return {
    id,
    object: "payment_intent",
    allowed_payment_method_types: null,
    amount: amountMinor,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: "automatic_async",
    client_secret: clientSecretOf(id),
    confirmation_method: "automatic",
    created,
    currency,
    customer: null,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: "automatic" },
    },
    payment_method_types: CARD_ONLY,
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "requires_payment_method",
    transfer_data: null,
    transfer_group: null,
  };
}

/** A setup intent in its first state, with every field of the API. */
export function newSetupIntent(usage: string, created: number): Stripe.SetupIntent {
  const id = newId("seti");
  return {
    id,
    object: "setup_intent",
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: null,
    cancellation_reason: null,
    client_secret: clientSecretOf(id),
    created,
    customer: null,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    managed_payments: null,
    mandate: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { mandate_options: null, network: null, request_three_d_secure: "automatic" },
    },
    payment_method_types: CARD_ONLY,
    single_use_mandate: null,
    status: "requires_payment_method",
    usage,
  };
}

/** The step that `stripe.confirmPayment` and `stripe.handleNextAction` take: ask the customer's bank. */
export function authenticationAction(
  intentId: string,
): Stripe.PaymentIntent.NextAction & Stripe.SetupIntent.NextAction {
  return { type: "use_stripe_sdk", use_stripe_sdk: { type: "sandbox_3ds2_challenge", source: intentId } };
}
