import type Stripe from "stripe";
import { type Scope, seconds } from "../api/call";
import type { DisputeKind } from "../domain/test-cards";
import { newId } from "../state/ids";

/** How long evidence may be sent: nine days. */
const EVIDENCE_SECONDS = 9 * 24 * 60 * 60;

const NO_EVIDENCE: Stripe.Dispute.Evidence = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
};

function newDispute(charge: Stripe.Charge, kind: DisputeKind, created: number): Stripe.Dispute {
  const brand = charge.payment_method_details?.card?.brand ?? "visa";
  return {
    id: newId("dp"),
    object: "dispute",
    amount: charge.amount,
    balance_transactions: [],
    charge: charge.id,
    created,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: { ...NO_EVIDENCE },
    evidence_details: {
      due_by: created + EVIDENCE_SECONDS,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: "not_submitted",
    },
    intended_submission_method: null,
    is_charge_refundable: kind === "inquiry",
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    payment_method_details: {
      card: {
        brand,
        case_type: kind,
        network: brand,
        network_reason_code: "10.4",
      },
      type: "card",
    },
    reason: "fraudulent",
    status: kind === "inquiry" ? "warning_needs_response" : "needs_response",
  };
}

/** Opens a dispute: the cardholder told the bank that the payment was not theirs. */
export function openDispute(scope: Scope, charge: Stripe.Charge, kind: DisputeKind): Stripe.Dispute {
  const dispute = newDispute(charge, kind, seconds(scope));
  charge.disputed = kind === "chargeback";
  scope.store.put("disputes", dispute);
  scope.emit("charge.dispute.created", dispute);
  if (kind === "chargeback") scope.emit("charge.dispute.funds_withdrawn", dispute);
  return dispute;
}
