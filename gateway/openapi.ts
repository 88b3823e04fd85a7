import { STATUS_CODES } from "node:http";
import { z } from "zod";
import {
  createDocument,
  type ZodOpenApiContentObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from "zod-openapi";
import { problem } from "./problem-details";
import { RAW, type Auth, type Resource, type Route } from "./routes/route";

type Security = NonNullable<ZodOpenApiOperationObject["security"]>;

const SECURITY: Record<Auth, Security> = {
  anyone: [],
  optional: [{}, { bearer: [] }],
  user: [{ bearer: [] }],
  staff: [{ bearer: [] }],
};

const DESCRIPTION = `Plans, subscriptions, invoices and payments.

- Sign in with \`POST /api/token/\`, then send \`Authorization: Bearer <access>\`.
- Trailing slashes are optional. \`/plans\`, \`/subscriptions\` and \`/invoices\` also work without \`/api\`.
- Amounts are decimal strings, such as \`"499.00"\`, beside their currency.
- Lists are arrays. While there are more items, the \`Link\` header has the address of the next page.
- Errors are problem details (RFC 9457); \`errors\` names each wrong field.
- An object of another user answers 404.`;

/** Makes the OpenAPI 3.1 description from the same routes that the gateway runs. */
export function describeApi(resources: readonly Resource[]): unknown {
  const paths: ZodOpenApiPathsObject = {};
  for (const { name, routes } of resources) {
    for (const route of routes.filter(({ hidden }) => hidden !== true)) {
      paths[route.path] = { ...paths[route.path], [route.method]: describeRoute(name, route) };
    }
  }
  return createDocument({
    openapi: "3.1.0",
    info: { title: "Subscription billing", version: "1", description: DESCRIPTION },
    servers: [{ url: "/" }],
    tags: resources.map(({ name }) => ({ name })),
    paths,
    components: { securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } } },
  });
}

function describeRoute(tag: string, route: Route): ZodOpenApiOperationObject {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  return {
    tags: [tag],
    summary: route.auth === "staff" ? `${route.summary} (staff)` : route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    operationId: operationId(route),
    security: SECURITY[route.auth],
    requestParams: {
      ...(names.length === 0
        ? {}
        : { path: z.object(Object.fromEntries(names.map((name) => [name, z.uuid()]))) }),
      ...(route.query === undefined ? {} : { query: route.query }),
    },
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: describeBody(route.body) } }),
    responses: describeResponses(route),
  };
}

function describeBody(body: NonNullable<Route["body"]>) {
  return { "application/json": { schema: body === RAW ? z.looseObject({}) : body } };
}

function describeResponses({ response }: Route): ZodOpenApiResponsesObject {
  const responses: ZodOpenApiResponsesObject = {
    default: {
      description: "An error (RFC 9457)",
      content: { "application/problem+json": { schema: problem } },
    },
  };
  for (const [status, content] of Object.entries(response)) {
    responses[status as `${1 | 2 | 3 | 4 | 5}${string}`] = {
      description: STATUS_CODES[status] ?? "",
      ...describeContent(content),
    };
  }
  return responses;
}

function describeContent(content: Route["response"][number]) {
  const described = [content].flat().flatMap((each) => {
    if (each === null) return [];
    return [
      typeof each === "string"
        ? { [each]: { schema: z.string() } }
        : { "application/json": { schema: each } },
    ];
  });
  return described.length === 0
    ? {}
    : { content: Object.assign({}, ...described) as ZodOpenApiContentObject };
}

/** Like `post_subscriptions_id_unsubscribe`. */
function operationId({ method, path }: Route): string {
  const words = path.split(/\W+/).filter((word) => word !== "" && word !== "api");
  return [method, ...words].join("_");
}
