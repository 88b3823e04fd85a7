import type Stripe from "stripe";
import { z } from "zod";
import { type Call, type Route, find } from "../api/call";
import { missingParam, refused } from "../api/errors";
import { integer, metadata, text } from "../api/params";
import { parseParams } from "../api/parse-params";
import { refundCharge } from "../engine/refunds";
import { idOf } from "../state/ids";
import { listByPayment, retrieveFrom, updateMetadataOf } from "./paid-objects";

const refundSchema = z.strictObject({
  charge: text.optional(),
  payment_intent: text.optional(),
  amount: integer.optional(),
  metadata: metadata.optional(),
  reason: z.enum(["duplicate", "fraudulent", "requested_by_customer"]).optional(),
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

export interface LateRefundSettings {
  /** How long the banks of some test cards take, in ms. */
  lateOutcomeMs: number;
  /** Called after a refund that may have a late outcome. */
  onLateRefund: () => void;
}

export function refundRoutes({ lateOutcomeMs, onLateRefund }: LateRefundSettings): Route[] {
  function create(call: Call): Stripe.Refund {
    const input = parseParams(refundSchema, call.params);
    const charge = chargeToRefund(call, input);
    const { amount, reason, metadata: labels = {} } = input;
    const refund = refundCharge(call, charge, { amount, reason, metadata: labels }, lateOutcomeMs);
    onLateRefund();
    return refund;
  }
  return [
    { method: "POST", path: "/v1/refunds", handler: create },
    { method: "GET", path: "/v1/refunds", handler: listByPayment("refunds") },
    { method: "GET", path: "/v1/refunds/:id", handler: retrieveFrom("refunds") },
    { method: "POST", path: "/v1/refunds/:id", handler: updateMetadataOf("refunds") },
  ];
}
