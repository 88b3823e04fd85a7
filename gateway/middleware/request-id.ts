import { randomUUID } from "node:crypto";
import type { Middleware } from "koa";

const HEADER = "X-Request-Id";
/** What we accept from a client or proxy; anything else could break a log line or a header. */
const ACCEPTED = /^[\w.:-]{1,100}$/;

/** Koa's `ctx.state`. */
export interface RequestState {
  requestId: string;
  /** the route's pattern, such as `/api/plans/{id}/`; undefined when no route matches */
  route?: string;
}

/** Gives each request an id, or takes the one it came with. The answer, the log and every call carry it. */
export const requestId: Middleware<RequestState> = (ctx, next) => {
  const given = ctx.get(HEADER);
  ctx.state.requestId = ACCEPTED.test(given) ? given : randomUUID();
  ctx.set(HEADER, ctx.state.requestId);
  return next();
};
