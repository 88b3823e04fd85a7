import type { RouterContext } from "@koa/router";
import { createHash } from "node:crypto";
import type { Call, ResultOf } from "../shared/contracts";
import { BillingError, invalid } from "../shared/errors";
import type { BillingBroker } from "../shared/service/broker";
import { callAs } from "../shared/service/call";
import type { Caller } from "../shared/service/caller";
import type { IdempotencyMeta, IdempotentRequest } from "../shared/service/idempotency/attempt";
import type { RequestState } from "./middleware/request-id";
import type { Route } from "./routes/route";

const KEY = /^[\x20-\x7e]{1,255}$/;

/** What a request asks for, after the checks. */
interface Asked {
  params: unknown;
  query: unknown;
  body: unknown;
}

/**
 * How a route's handler calls actions: those that the route names get the request's Idempotency-Key. The
 * header Idempotent-Replayed says that the answer is that of an earlier request.
 * @throws BillingError 400 naming Idempotency-Key
 */
export function callOf(
  broker: BillingBroker,
  ctx: RouterContext<RequestState>,
  route: Route,
  { caller, ...asked }: Asked & { caller: Caller },
): Call {
  const requestID = ctx.state.requestId;
  const plain = callAs(broker, caller, { requestID });
  const idempotency = idempotentRequest(route, ctx.headers["idempotency-key"]?.toString(), asked);
  if (idempotency === undefined) return plain;
  return async (name, params) => {
    if (route.idempotent?.includes(name) !== true) return plain(name, params);
    const calling: Answering = broker.call(name, params, { requestID, meta: { caller, idempotency } });
    const result = await calling;
    if (calling.ctx?.meta.replayed === true) ctx.set("idempotent-replayed", "true");
    return result as ResultOf<typeof name>;
  };
}

/** Moleculer puts the context of a call on its promise, with what came back beside the answer. */
type Answering = Promise<unknown> & { ctx?: { meta: IdempotencyMeta } };

/** @returns undefined for a request without a key, and where a key has no meaning */
function idempotentRequest(
  { method, path, idempotent }: Route,
  key: string | undefined,
  asked: Asked,
): IdempotentRequest | undefined {
  if (key === undefined) return undefined;
  if (idempotent === undefined) {
    if (method !== "post") return undefined;
    throw wrongKey("is not for this call: it may be repeated, or answers a secret, which is not kept");
  }
  if (!KEY.test(key)) throw wrongKey("must have 1 to 255 characters of ASCII");
  return {
    key,
    request: createHash("sha256")
      .update(stableJson([path, asked]))
      .digest("hex"),
  };
}

function wrongKey(message: string): BillingError {
  return invalid({ field: "Idempotency-Key", message });
}

/** The same text for the same request. Passwords are left out: their hash would help to guess them. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (name, each: unknown) => {
    if (name === "password") return undefined;
    if (each === null || typeof each !== "object" || Array.isArray(each)) return each;
    return Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
