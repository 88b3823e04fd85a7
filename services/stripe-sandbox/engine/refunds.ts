import type Stripe from "stripe";
import { type Scope, find, seconds } from "../api/call";
import { invalidParam, refused } from "../api/errors";
import { describeAmount } from "../domain/amounts";
import { unknownCase } from "../domain/states";
import { type TestCard, cardNamed } from "../domain/test-cards";
import { idOf, newId } from "../state/ids";
import type { LateRefund } from "../state/store";

export interface RefundRequest {
  amount?: number | undefined;
  reason?: Stripe.Refund.Reason | undefined;
  metadata: Record<string, string>;
}

function assertRefundable(charge: Stripe.Charge, amountMinor: number | undefined): void {
  if (!charge.paid) throw refused("charge_not_refundable", `Charge ${charge.id} did not succeed.`);
  if (charge.disputed) {
    throw refused("charge_disputed", `Charge ${charge.id} has been charged back; cannot issue a refund.`);
  }
  const left = charge.amount - charge.amount_refunded;
  if (left === 0) throw refused("charge_already_refunded", `Charge ${charge.id} has already been refunded.`);
  if (amountMinor === undefined) return;
  if (amountMinor < 1) {
    throw invalidParam(
      "amount",
      "This value must be greater than or equal to 1.",
      "parameter_invalid_integer",
    );
  }
  if (amountMinor > left) {
    const [asked, open] = [amountMinor, left].map((amount) => describeAmount(amount, charge.currency));
    throw invalidParam(
      "amount",
      `Refund amount (${asked}) is greater than unrefunded amount on charge (${open})`,
    );
  }
}

function addRefunded(charge: Stripe.Charge, amountMinor: number): void {
  charge.amount_refunded += amountMinor;
  charge.refunded = charge.amount_refunded === charge.amount;
}

function newRefund(
  charge: Stripe.Charge,
  amount: number,
  request: RefundRequest,
  created: number,
): Stripe.Refund {
  return {
    id: newId("re"),
    object: "refund",
    amount,
    balance_transaction: null,
    charge: charge.id,
    created,
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      card: { reference_status: "pending", reference_type: "acquirer_reference_number", type: "refund" },
      type: "card",
    },
    metadata: request.metadata,
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: request.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: "succeeded",
    transfer_reversal: null,
  };
}

function cardOfCharge(scope: Scope, charge: Stripe.Charge): TestCard {
  return cardNamed(find(scope, "method_traits", charge.payment_method ?? "").card);
}

/** How a refund to a card ends later; null if it succeeds at once. */
function lateOutcomeOf({ refund }: TestCard): LateRefund["outcome"] | null {
  switch (refund) {
    case "pending":
      return "succeeded";
    case "fails":
      return "failed";
    case undefined:
      return null;
    default:
      return unknownCase(refund);
  }
}

/**
 * Refunds a charge, whole or in part.
 * @param lateOutcomeMs how long the test cards with a late outcome take
 * @throws ApiError 400 for more than is left, for a charge that failed, was refunded or is disputed
 */
export function refundCharge(
  scope: Scope,
  charge: Stripe.Charge,
  request: RefundRequest,
  lateOutcomeMs: number,
): Stripe.Refund {
  assertRefundable(charge, request.amount);
  const amount = request.amount ?? charge.amount - charge.amount_refunded;
  const refund = newRefund(charge, amount, request, seconds(scope));
  const outcome = lateOutcomeOf(cardOfCharge(scope, charge));
  if (outcome === "succeeded") {
    refund.status = "pending";
    refund.pending_reason = "processing";
  }
  if (outcome !== null) {
    scope.store.put("late_refunds", { id: refund.id, outcome, dueMs: Date.now() + lateOutcomeMs });
  }
  scope.store.put("refunds", refund);
  addRefunded(charge, amount);
  scope.emit("refund.created", refund);
  scope.emit("charge.refunded", charge);
  return refund;
}

/** Ends a refund whose outcome comes later. A failed one is taken off the charge again. */
export function finishRefund(scope: Scope, refund: Stripe.Refund, outcome: LateRefund["outcome"]): void {
  scope.store.delete("late_refunds", refund.id);
  refund.status = outcome;
  delete refund.pending_reason;
  if (outcome === "failed") {
    refund.failure_reason = "expired_or_canceled_card";
    const charge = find(scope, "charges", idOf(refund.charge) ?? "");
    addRefunded(charge, -refund.amount);
    scope.emit("refund.failed", refund);
    scope.emit("charge.updated", charge);
  }
  scope.emit("refund.updated", refund);
  scope.emit("charge.refund.updated", refund);
}
