import type { BillingBroker } from "../shared/service/broker";
import type { Logger } from "moleculer";
import type { RouterContext } from "@koa/router";
import { Readable } from "node:stream";
import { z } from "zod";
import { ANONYMOUS, asService, requireAccess, type Caller } from "../shared/service/caller";
import { callAs } from "../shared/service/call";
import { BillingError, fromZodError, notFound } from "../shared/errors";
import type { Config } from "../shared/config/config";
import type { Authenticator } from "./auth/authenticator";
import { rateLimitHeaders, type RateUse } from "./auth/rate-limits";
import { entityTag, hasEntityTag, isKnown } from "./entity-tag";
import { callOf } from "./idempotency";
import { fieldMessage } from "./field-message";
import { responseFilter } from "./response-filter";
import { basePathOf } from "./public-address";
import { parseJson, readText, tooLarge } from "./request-body";
import type { RequestState } from "./middleware/request-id";
import { pathParam, RAW, type Reply, type Resource, type Route } from "./routes/route";

const JSON_LIMIT_BYTES = 64 * 1024;
/**
 * NATS carries 1 MiB, and the body travels as a JSON string, which has two bytes for each quote in it.
 * Stripe's events are far smaller.
 */
const RAW_LIMIT_BYTES = 1_000_000;

const NO_FIELDS = z.strictObject({});

/** What every route handler needs. */
export interface Gateway {
  broker: BillingBroker;
  config: Config;
  authenticator: Authenticator;
  log: Logger;
}

type RequestContext = RouterContext<RequestState>;

/**
 * Turns a route into a middleware: it authenticates the caller, checks path, query and body, runs the route's
 * handler and sends the reply.
 * @throws what the handler or a check throws; `errorHandler` answers it
 */
export function routeHandler(
  gateway: Gateway,
  { item }: Resource,
  route: Route,
): (ctx: RequestContext) => Promise<void> {
  const filter = responseFilter(route.response);
  const tagged = hasEntityTag(route);
  const basePath = basePathOf(gateway.config);
  return async (ctx) => {
    ctx.state.route = route.path;
    const caller = await callerOf(ctx, route, gateway.authenticator);
    const { broker, config } = gateway;
    const requestID = ctx.state.requestId;
    const params = pathParams(ctx.params, item);
    const query = checked(route.query ?? NO_FIELDS, { ...ctx.query });
    const { body, rawBody } = await readBody(ctx, route);
    const call = callOf(broker, ctx, route, { caller, params, query, body });
    const reply = await route.handler({
      params,
      query,
      body,
      rawBody,
      headers: ctx.headers,
      url: `${basePath}${ctx.url}`,
      basePath,
      client: ctx.ip,
      caller,
      call,
      asGateway: callAs(broker, asService("gateway"), { requestID }),
      broker,
      config,
    });
    send(ctx, { ...reply, body: filter(reply.status, reply.body) }, tagged);
  };
}

/** @throws BillingError 401, 403; 429 when the caller's limit is used up */
async function callerOf(ctx: RequestContext, route: Route, authenticator: Authenticator): Promise<Caller> {
  const { auth, key } = route;
  if (auth === "anyone") return ANONYMOUS;
  const { caller, rate } = await authenticator.authenticate(ctx.headers.authorization);
  if (rate !== undefined) {
    ctx.set(rateLimitHeaders(rate));
    if (!rate.admitted) throw rateLimited(rate);
  }
  requireAccess(caller, auth === "optional" ? "anyone" : auth, key);
  return caller;
}

function rateLimited({ limit, reset_s }: RateUse): BillingError {
  const detail = `This API key may make ${limit} calls in a minute. Try again in ${reset_s} seconds.`;
  return new BillingError(429, "key.rate_limited", detail, undefined, { retry_after_s: reset_s });
}

async function readBody(ctx: RequestContext, route: Route): Promise<{ body: unknown; rawBody: string }> {
  if (route.method === "get") return { body: {}, rawBody: "" };
  if (route.body === RAW) return { body: {}, rawBody: await readRaw(ctx) };
  const rawBody = await readText(ctx.req, JSON_LIMIT_BYTES);
  return { body: checked(route.body ?? NO_FIELDS, parseJson(rawBody, ctx.headers["content-type"])), rawBody };
}

/** @throws BillingError 413 at once for a body that is too large for the bus, also where there is no bus */
async function readRaw(ctx: RequestContext): Promise<string> {
  const rawBody = await readText(ctx.req, RAW_LIMIT_BYTES);
  if (Buffer.byteLength(JSON.stringify(rawBody)) > RAW_LIMIT_BYTES) throw tooLarge(RAW_LIMIT_BYTES);
  return rawBody;
}

/** @throws BillingError 404 for what can name nothing */
function pathParams(params: Record<string, string>, item: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => {
      const parsed = pathParam(name).safeParse(value);
      if (!parsed.success) throw notFound(item);
      return [name, parsed.data];
    }),
  );
}

/** @throws BillingError 400 naming the fields */
function checked(schema: z.ZodObject, input: unknown): unknown {
  const parsed = schema.safeParse(input, { error: fieldMessage });
  if (!parsed.success) throw fromZodError(parsed.error);
  return parsed.data;
}

/** @param tagged whether a body of status 200 gets an entity tag, and is left out where the client has it */
function send(
  ctx: RequestContext,
  { status, body, type = "application/json", headers = {} }: Reply,
  tagged: boolean,
): void {
  ctx.status = status;
  ctx.set(headers);
  if (body === undefined) {
    ctx.body = null;
    return;
  }
  const isContent = typeof body === "string" || Buffer.isBuffer(body) || body instanceof Readable;
  const content = isContent ? body : JSON.stringify(body);
  if (tagged && status === 200 && typeof content === "string") {
    const tag = entityTag(content);
    // It may be kept by its reader alone, who asks each time whether it has changed.
    ctx.set({ etag: tag, "cache-control": "private, no-cache" });
    if (isKnown(ctx.headers["if-none-match"], tag)) {
      ctx.status = 304;
      ctx.body = null;
      return;
    }
  }
  ctx.type = type;
  ctx.body = content;
}
