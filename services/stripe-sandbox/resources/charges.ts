import type Stripe from "stripe";
import { z } from "zod";
import type { Call, Route } from "../api/call";
import { listOf } from "../api/lists";
import { paging, text } from "../api/params";
import { parseParams } from "../api/parse-params";
import { retrieveFrom, updateMetadataOf } from "./paid-objects";

const listSchema = z.strictObject({ ...paging, customer: text.optional(), payment_intent: text.optional() });

function list(call: Call): object {
  const { customer, payment_intent, ...page } = parseParams(listSchema, call.params);
  const matches = (charge: Stripe.Charge): boolean =>
    (customer === undefined || charge.customer === customer) &&
    (payment_intent === undefined || charge.payment_intent === payment_intent);
  return listOf(call, "charges", page, matches, "/v1/charges");
}

export const chargeRoutes: Route[] = [
  { method: "GET", path: "/v1/charges", handler: list },
  { method: "GET", path: "/v1/charges/:id", handler: retrieveFrom("charges") },
  { method: "POST", path: "/v1/charges/:id", handler: updateMetadataOf("charges") },
];
