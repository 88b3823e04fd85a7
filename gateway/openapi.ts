import { STATUS_CODES } from "node:http";
import { z } from "zod";
import {
  createDocument,
  type ZodOpenApiContentObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
  type ZodOpenApiResponsesObject,
} from "zod-openapi";
import type { Config } from "../shared/config/config";
import { exampleOf } from "./examples";
import { hasEntityTag } from "./entity-tag";
import { problem } from "./problem-details";
import { basePathOf } from "./public-address";
import { pathParam, RAW, type Auth, type Resource, type Route } from "./routes/route";

type Security = NonNullable<ZodOpenApiOperationObject["security"]>;

/** What a request may be sent with; `key` for an API key. */
const SECURITY: Record<Auth, Security> = {
  anyone: [],
  optional: [{}, { bearer: [] }],
  user: [{ bearer: [] }],
  staff: [{ bearer: [] }],
};

const DESCRIPTION = `Plans, subscriptions, invoices and payments.

- Sign in with \`POST /api/token/\`, then send \`Authorization: Bearer <access>\`.
- Your own software sends an API key the same way: \`Authorization: Bearer bk_…\`. \`RateLimit\` headers say
  how many calls it has left.
- Trailing slashes are optional. \`/plans\`, \`/subscriptions\` and \`/invoices\` also work without \`/api\`.
- Amounts are decimal strings, such as \`"499.00"\`, beside their currency.
- Lists are arrays. While there are more items, the \`Link\` header has the address of the next page.
- A \`POST\` that makes or moves something takes an \`Idempotency-Key\`. Sent again with the same key and
  body within 24 hours, it has no second effect and gets the same answer, with \`Idempotent-Replayed: true\`.
  While the first is under way for more than 8 seconds the answer is 409, for another body 422.
- A single object has an \`ETag\`. Sent back as \`If-None-Match\`, the answer is 304 until it changes.
- Errors are problem details (RFC 9457); \`errors\` names each wrong field.
- An object of another user answers 404.`;

const KEY = `An API key. The scope that an operation needs stands beside it: \`read\`, \`write\` or
\`admin\`, each of which includes those before it.`;

const IDEMPOTENCY_KEY = z.object({
  "Idempotency-Key": z.string().min(1).max(255).optional().meta({
    description: "the caller's own name of this request, such as a UUID; a new one for each new request",
  }),
});

/**
 * Makes the OpenAPI 3.1 description from the same routes that the gateway runs.
 * @param config says where the API is
 */
export function describeApi(resources: readonly Resource[], config: Pick<Config, "publicUrl">): unknown {
  const paths: ZodOpenApiPathsObject = {};
  for (const { name, routes } of resources) {
    for (const route of routes.filter(({ operation }) => operation !== null)) {
      const path = route.path.replace(/(.)\/$/, "$1");
      paths[path] = { ...paths[path], [route.method]: describeRoute(name, route) };
    }
  }
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "Subscription billing",
      version: "1",
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [
      { url: basePathOf(config) || "/", description: "The server that this description is from" },
      { url: config.publicUrl, description: "The public address" },
    ],
    tags: resources.map(({ name, description }) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "an access token" },
        key: { type: "http", scheme: "bearer", bearerFormat: "bk_<id>_<secret>", description: KEY },
      },
    },
  });
}

function describeRoute(tag: string, route: Route): ZodOpenApiOperationObject {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  return {
    tags: [tag],
    summary: route.auth === "staff" ? `${route.summary} (staff)` : route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    operationId: route.operation ?? "",
    security: [...SECURITY[route.auth], ...(route.key === undefined ? [] : [{ key: [route.key] }])],
    requestParams: {
      ...(names.length === 0
        ? {}
        : { path: z.object(Object.fromEntries(names.map((name) => [name, pathParam(name)]))) }),
      ...(route.query === undefined ? {} : { query: route.query }),
      ...(route.idempotent === undefined ? {} : { header: IDEMPOTENCY_KEY }),
    },
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: describeBody(route.body) } }),
    responses: describeResponses(route),
  };
}

function describeBody(body: NonNullable<Route["body"]>) {
  if (body === RAW) return { "application/json": { schema: z.looseObject({}), example: STRIPE_EVENT } };
  return { "application/json": { schema: body, example: exampleOf(body, "request") } };
}

/** Stripe sends it, with its own fields. */
const STRIPE_EVENT = { id: "evt_1Pq", object: "event", type: "payment_intent.succeeded" };

type Status = `${1 | 2 | 3 | 4 | 5}${string}`;

const PROBLEM_EXAMPLE = {
  type: "request.invalid",
  title: "Bad Request",
  status: 400,
  detail: "email: must be an email address",
  errors: [{ field: "email", message: "must be an email address" }],
  request_id: "0198c0de-0000-7000-8000-000000000008",
};
const PROBLEM = { "application/problem+json": { schema: problem, example: PROBLEM_EXAMPLE } };

function errorResponse(id: string, description: string): ZodOpenApiResponseObject {
  return { id, description, content: PROBLEM };
}

const BAD_REQUEST = errorResponse("BadRequest", "The request is wrong; `errors` names the fields.");
const UNAUTHORIZED = errorResponse(
  "Unauthorized",
  "The access token or API key is missing, expired or revoked.",
);
const FORBIDDEN = errorResponse("Forbidden", "Only staff may do this, or an API key with a wider scope.");
const NOT_FOUND = errorResponse("NotFound", "There is no such object, or it is another user's.");
const REFUSED = errorResponse("Refused", "The request is refused; `type` names the reason.");
const NOT_MODIFIED: ZodOpenApiResponseObject = {
  id: "NotModified",
  description: "The client has this already: `If-None-Match` names it.",
};
const FAILED = errorResponse(
  "Failed",
  "It is our fault. After 503, try again when the seconds of the Retry-After header are over.",
);

function describeErrors({ auth, key, path }: Route): ZodOpenApiResponsesObject {
  return {
    "400": BAD_REQUEST,
    ...(auth === "anyone" ? {} : { "401": UNAUTHORIZED }),
    ...(auth === "staff" || (key !== undefined && key !== "read") ? { "403": FORBIDDEN } : {}),
    ...(path.includes("{") ? { "404": NOT_FOUND } : {}),
    "4XX": REFUSED,
    "5XX": FAILED,
  };
}

function describeResponses(route: Route): ZodOpenApiResponsesObject {
  const responses = describeErrors(route);
  for (const [status, contents] of Object.entries(route.response)) {
    const content = { ...describeContent(contents), ...(Number(status) < 400 ? {} : PROBLEM) };
    responses[status as Status] = {
      description: STATUS_CODES[status] ?? "",
      ...(Object.keys(content).length === 0 ? {} : { content }),
    };
  }
  if (hasEntityTag(route)) responses["304"] = NOT_MODIFIED;
  return responses;
}

function describeContent(contents: Route["response"][number]): ZodOpenApiContentObject {
  const described = [contents].flat().flatMap((each) => {
    if (each === null) return [];
    return [
      typeof each === "string"
        ? { [each]: { schema: z.string() } }
        : { "application/json": { schema: each, example: exampleOf(each, "answer") } },
    ];
  });
  return Object.assign({}, ...described) as ZodOpenApiContentObject;
}
