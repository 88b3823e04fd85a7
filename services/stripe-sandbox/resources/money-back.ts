import type Stripe from "stripe";
import { z } from "zod";
import { type Call, type Route, find, findInPath } from "../api/call";
import { missingParam, refused } from "../api/errors";
import { listOf } from "../api/lists";
import { integer, mergeMetadata, metadata, paging, text } from "../api/params";
import { parseParams } from "../api/parse-params";
import { refundCharge } from "../engine/refunds";
import { idOf } from "../state/ids";

const nothing = z.strictObject({});
const ofPayment = { charge: text.optional(), payment_intent: text.optional() };
const refundSchema = z.strictObject({
  ...ofPayment,
  amount: integer.optional(),
  metadata: metadata.optional(),
  reason: z.enum(["duplicate", "fraudulent", "requested_by_customer"]).optional(),
});
const labelsSchema = z.strictObject({ metadata: metadata.optional() });
const ofPaymentListSchema = z.strictObject({ ...paging, ...ofPayment });
const chargeListSchema = z.strictObject({
  ...paging,
  customer: text.optional(),
  payment_intent: text.optional(),
});

function chargeToRefund(call: Call, input: z.output<typeof refundSchema>): Stripe.Charge {
  if (input.charge !== undefined) return find(call, "charges", input.charge, "charge");
  if (input.payment_intent === undefined) throw missingParam("charge");
  const intent = find(call, "payment_intents", input.payment_intent, "payment_intent");
  const charge = idOf(intent.latest_charge);
  if (intent.status !== "succeeded" || charge === null) {
    throw refused("resource_missing", "This PaymentIntent does not have a successful charge to refund.", {
      param: "payment_intent",
    });
  }
  return find(call, "charges", charge, "charge");
}

/** Whether an object belongs to the payment that a list was asked for. */
function belongsTo(payment: { charge?: string | undefined; payment_intent?: string | undefined }) {
  return (item: Stripe.Refund | Stripe.Dispute): boolean =>
    (payment.charge === undefined || item.charge === payment.charge) &&
    (payment.payment_intent === undefined || item.payment_intent === payment.payment_intent);
}

function listCharges(call: Call): object {
  const { customer, payment_intent, ...page } = parseParams(chargeListSchema, call.params);
  const matches = (charge: Stripe.Charge): boolean =>
    (customer === undefined || charge.customer === customer) &&
    (payment_intent === undefined || charge.payment_intent === payment_intent);
  return listOf(call, "charges", page, matches, "/v1/charges");
}

function retrieve(table: "charges" | "refunds" | "disputes") {
  return (call: Call): object => {
    parseParams(nothing, call.params);
    return findInPath(call, table);
  };
}

function list(table: "refunds" | "disputes") {
  return (call: Call): object => {
    const { charge, payment_intent, ...page } = parseParams(ofPaymentListSchema, call.params);
    return listOf(call, table, page, belongsTo({ charge, payment_intent }), `/v1/${table}`);
  };
}

const UPDATED = {
  charges: "charge.updated",
  refunds: "charge.refund.updated",
  disputes: "charge.dispute.updated",
} as const;

/** Only metadata can change afterwards. */
function update(table: "charges" | "refunds" | "disputes") {
  return (call: Call): object => {
    const input = parseParams(labelsSchema, call.params);
    const item = findInPath(call, table);
    const previous = { metadata: item.metadata };
    item.metadata = mergeMetadata(item.metadata ?? {}, input.metadata);
    call.emit(UPDATED[table], item, previous);
    return item;
  };
}

/** Giving up a dispute: the customer keeps the money. */
function closeDispute(call: Call): Stripe.Dispute {
  parseParams(nothing, call.params);
  const dispute = findInPath(call, "disputes");
  if (dispute.status === "lost") throw refused("dispute_closed", "This dispute is already closed.");
  dispute.status = "lost";
  call.emit("charge.dispute.closed", dispute);
  return dispute;
}

export interface LateRefundSettings {
  /** How long the banks of some test cards take, in ms. */
  lateOutcomeMs: number;
  /** Called after a refund that may have a late outcome. */
  onLateRefund: () => void;
}

/** Charges, and the two ways in which their money goes back: refunds and disputes. */
export function moneyBackRoutes({ lateOutcomeMs, onLateRefund }: LateRefundSettings): Route[] {
  function createRefund(call: Call): Stripe.Refund {
    const input = parseParams(refundSchema, call.params);
    const charge = chargeToRefund(call, input);
    const { amount, reason, metadata: labels = {} } = input;
    const refund = refundCharge(call, charge, { amount, reason, metadata: labels }, lateOutcomeMs);
    onLateRefund();
    return refund;
  }
  return [
    { method: "GET", path: "/v1/charges", handler: listCharges },
    { method: "GET", path: "/v1/charges/:id", handler: retrieve("charges") },
    { method: "POST", path: "/v1/charges/:id", handler: update("charges") },
    { method: "POST", path: "/v1/refunds", handler: createRefund },
    { method: "GET", path: "/v1/refunds", handler: list("refunds") },
    { method: "GET", path: "/v1/refunds/:id", handler: retrieve("refunds") },
    { method: "POST", path: "/v1/refunds/:id", handler: update("refunds") },
    { method: "GET", path: "/v1/disputes", handler: list("disputes") },
    { method: "GET", path: "/v1/disputes/:id", handler: retrieve("disputes") },
    { method: "POST", path: "/v1/disputes/:id", handler: update("disputes") },
    { method: "POST", path: "/v1/disputes/:id/close", handler: closeDispute },
  ];
}
