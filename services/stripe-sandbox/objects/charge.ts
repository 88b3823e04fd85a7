import type Stripe from "stripe";
import type { Decline, TestCard } from "../domain/test-cards";
import { newId } from "../state/ids";

export interface NewCharge {
  intent: Stripe.PaymentIntent;
  method: Stripe.PaymentMethod;
  card: TestCard;
  decline: Decline | null;
  authenticated: boolean;
  created: number;
}

const APPROVED: Stripe.Charge.Outcome = {
  advice_code: null,
  network_advice_code: null,
  network_decline_code: null,
  network_status: "approved_by_network",
  reason: null,
  risk_level: "normal",
  risk_score: 12,
  seller_message: "Payment complete.",
  type: "authorized",
};

function outcomeOf(card: TestCard, decline: Decline | null): Stripe.Charge.Outcome {
  if (!decline) return APPROVED;
  const reason = decline.declineCode ?? decline.code;
  if (card.blocked) {
    return {
      ...APPROVED,
      network_status: "not_sent_to_network",
      reason: "highest_risk_level",
      risk_level: "highest",
      risk_score: 99,
      seller_message: "Stripe blocked this payment as too risky.",
      type: "blocked",
    };
  }
  return {
    ...APPROVED,
    network_status: "declined_by_network",
    reason,
    seller_message: "The bank did not approve the payment.",
    type: "issuer_declined",
  };
}

const AUTHENTICATED: Stripe.Charge.PaymentMethodDetails.Card.ThreeDSecure = {
  authentication_flow: "challenge",
  electronic_commerce_indicator: "05",
  exemption_indicator: null,
  result: "authenticated",
  result_reason: null,
  transaction_id: null,
  version: "2.2.0",
};

function methodDetails(from: NewCharge): Stripe.Charge.PaymentMethodDetails {
  const card = from.method.card;
  if (!card) return { type: from.method.type };
  return {
    card: {
      amount_authorized: from.decline ? null : from.intent.amount,
      authorization_code: null,
      brand: card.brand,
      checks: card.checks && {
        ...card.checks,
        cvc_check: from.decline?.code === "incorrect_cvc" ? "fail" : card.checks.cvc_check && "pass",
      },
      country: card.country,
      electronic_commerce_indicator: from.authenticated ? "05" : null,
      exp_month: card.exp_month,
      exp_year: card.exp_year,
      fingerprint: card.fingerprint ?? null,
      funding: card.funding,
      installments: null,
      last4: card.last4,
      mandate: null,
      network: card.brand,
      network_transaction_id: null,
      regulated_status: card.regulated_status,
      three_d_secure: from.authenticated ? AUTHENTICATED : null,
      transaction_link_id: null,
      wallet: null,
    },
    type: "card",
  };
}

/** One attempt to charge a card: it succeeded if there is no decline. */
export function newCharge(from: NewCharge): Stripe.Charge {
  const { intent, decline } = from;
  const paid = decline === null;
  return {
    id: newId("ch"),
    object: "charge",
    amount: intent.amount,
    amount_captured: paid ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: from.method.billing_details,
    calculated_statement_descriptor: intent.statement_descriptor,
    captured: paid,
    created: from.created,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: { ...intent.metadata },
    on_behalf_of: null,
    outcome: outcomeOf(from.card, decline),
    paid,
    payment_intent: intent.id,
    payment_method: from.method.id,
    payment_method_details: methodDetails(from),
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: intent.shipping,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: paid ? "succeeded" : "failed",
    transfer_data: null,
    transfer_group: null,
  };
}
