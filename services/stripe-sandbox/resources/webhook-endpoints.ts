import type Stripe from "stripe";
import { z } from "zod";
import { type Call, type Route, findInPath, seconds } from "../api/call";
import { listOf } from "../api/lists";
import { metadata, paging, text, unsettable } from "../api/params";
import { parseParams } from "../api/parse-params";
import { API_VERSION } from "../api/version";
import { newId, randomText } from "../state/ids";

const nothing = z.strictObject({});
const createSchema = z.strictObject({
  api_version: z.literal(API_VERSION).optional(),
  description: unsettable.optional(),
  enabled_events: z.array(text).min(1),
  metadata: metadata.optional(),
  url: z.url({ protocol: /^https?$/ }),
});
const listSchema = z.strictObject(paging);

/** Only the answer to the creation shows the secret. */
function withoutSecret(endpoint: Stripe.WebhookEndpoint): Stripe.WebhookEndpoint {
  const { secret: _secret, ...rest } = endpoint;
  return rest;
}

function create(call: Call): Stripe.WebhookEndpoint {
  const input = parseParams(createSchema, call.params);
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

function retrieve(call: Call): Stripe.WebhookEndpoint {
  parseParams(nothing, call.params);
  return withoutSecret(findInPath(call, "webhook_endpoints"));
}

function list(call: Call): object {
  const page = parseParams(listSchema, call.params);
  const endpoints = listOf(call, "webhook_endpoints", page, () => true, "/v1/webhook_endpoints");
  return { ...endpoints, data: endpoints.data.map(withoutSecret) };
}

function remove(call: Call): Stripe.DeletedWebhookEndpoint {
  const { id } = findInPath(call, "webhook_endpoints");
  call.store.delete("webhook_endpoints", id);
  return { id, object: "webhook_endpoint", deleted: true };
}

export const webhookEndpointRoutes: Route[] = [
  { method: "POST", path: "/v1/webhook_endpoints", handler: create },
  { method: "GET", path: "/v1/webhook_endpoints", handler: list },
  { method: "GET", path: "/v1/webhook_endpoints/:id", handler: retrieve },
  { method: "DELETE", path: "/v1/webhook_endpoints/:id", handler: remove },
];
