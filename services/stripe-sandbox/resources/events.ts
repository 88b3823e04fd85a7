import type Stripe from "stripe";
import { z } from "zod";
import { type Call, type Route, findInPath, seconds } from "../api/call";
import { invalidParam } from "../api/errors";
import { listOf } from "../api/lists";
import { boolean, metadata, paging, text, unsettable } from "../api/params";
import { parseParams } from "../api/parse-params";
import { API_VERSION } from "../api/version";
import { newId, randomText } from "../state/ids";
import { wants } from "../webhooks/subscription";

const nothing = z.strictObject({});
const eventListSchema = z.strictObject({
  ...paging,
  delivery_success: boolean.optional(),
  type: text.optional(),
  types: z.array(text).max(20).optional(),
});
const endpointSchema = z.strictObject({
  api_version: z.literal(API_VERSION).optional(),
  description: unsettable.optional(),
  enabled_events: z.array(text).min(1),
  metadata: metadata.optional(),
  url: z.url({ protocol: /^https?$/ }),
});
const endpointListSchema = z.strictObject(paging);

function listEvents(call: Call): object {
  const { type, types, delivery_success: delivered, ...page } = parseParams(eventListSchema, call.params);
  if (type !== undefined && types)
    throw invalidParam("type", "You may pass either `type` or `types`, but not both.");
  const asked = types ?? (type === undefined ? ["*"] : [type]);
  const matches = (event: Stripe.Event): boolean =>
    wants(asked, event.type) && (delivered === undefined || (event.pending_webhooks === 0) === delivered);
  return listOf(call, "events", page, matches, "/v1/events");
}

function retrieveEvent(call: Call): Stripe.Event {
  parseParams(nothing, call.params);
  return findInPath(call, "events");
}

/** The secret is told once, at creation. */
function withoutSecret(endpoint: Stripe.WebhookEndpoint): Stripe.WebhookEndpoint {
  const { secret: _secret, ...rest } = endpoint;
  return rest;
}

function createEndpoint(call: Call): Stripe.WebhookEndpoint {
  const input = parseParams(endpointSchema, call.params);
  const endpoint: Stripe.WebhookEndpoint = {
    id: newId("we"),
    object: "webhook_endpoint",
    api_version: API_VERSION,
    application: null,
    created: seconds(call),
    description: input.description ?? null,
    enabled_events: input.enabled_events,
    livemode: false,
    metadata: input.metadata ?? {},
    secret: `whsec_${randomText(32)}`,
    status: "enabled",
    url: input.url,
  };
  call.store.put("webhook_endpoints", endpoint);
  return endpoint;
}

function retrieveEndpoint(call: Call): Stripe.WebhookEndpoint {
  parseParams(nothing, call.params);
  return withoutSecret(findInPath(call, "webhook_endpoints"));
}

function listEndpoints(call: Call): object {
  const page = parseParams(endpointListSchema, call.params);
  const list = listOf(call, "webhook_endpoints", page, () => true, "/v1/webhook_endpoints");
  return { ...list, data: list.data.map(withoutSecret) };
}

function removeEndpoint(call: Call): Stripe.DeletedWebhookEndpoint {
  const { id } = findInPath(call, "webhook_endpoints");
  call.store.delete("webhook_endpoints", id);
  return { id, object: "webhook_endpoint", deleted: true };
}

export const eventRoutes: Route[] = [
  { method: "GET", path: "/v1/events", handler: listEvents },
  { method: "GET", path: "/v1/events/:id", handler: retrieveEvent },
  { method: "POST", path: "/v1/webhook_endpoints", handler: createEndpoint },
  { method: "GET", path: "/v1/webhook_endpoints", handler: listEndpoints },
  { method: "GET", path: "/v1/webhook_endpoints/:id", handler: retrieveEndpoint },
  { method: "DELETE", path: "/v1/webhook_endpoints/:id", handler: removeEndpoint },
];
