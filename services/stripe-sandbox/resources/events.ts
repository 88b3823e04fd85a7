import type Stripe from "stripe";
import { z } from "zod";
import { type Call, type Route, findInPath } from "../api/call";
import { invalidParam } from "../api/errors";
import { listOf } from "../api/lists";
import { boolean, paging, text } from "../api/params";
import { parseParams } from "../api/parse-params";
import { matchesType } from "../webhooks/event-types";

const nothing = z.strictObject({});
const listSchema = z.strictObject({
  ...paging,
  delivery_success: boolean.optional(),
  type: text.optional(),
  types: z.array(text).max(20).optional(),
});

function list(call: Call): object {
  const { type, types, delivery_success: delivered, ...page } = parseParams(listSchema, call.params);
  if (type !== undefined && types)
    throw invalidParam("type", "You may pass either `type` or `types`, but not both.");
  const asked = types ?? (type === undefined ? ["*"] : [type]);
  const matches = (event: Stripe.Event): boolean =>
    matchesType(asked, event.type) &&
    (delivered === undefined || (event.pending_webhooks === 0) === delivered);
  return listOf(call, "events", page, matches, "/v1/events");
}

function retrieve(call: Call): Stripe.Event {
  parseParams(nothing, call.params);
  return findInPath(call, "events");
}

export const eventRoutes: Route[] = [
  { method: "GET", path: "/v1/events", handler: list },
  { method: "GET", path: "/v1/events/:id", handler: retrieve },
];
