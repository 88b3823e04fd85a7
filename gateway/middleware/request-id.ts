import { randomUUID } from "node:crypto";
import type { Middleware } from "koa";

const HEADER = "X-Request-Id";
/** What a proxy may have given it; anything else could break a log line or a header. */
const SANE = /^[\w.:-]{1,100}$/;

/** What one request carries through the middlewares. */
export interface RequestState {
  requestId: string;
  /** the pattern of the route that takes it, like `/api/plans/{id}/`; undefined where none does */
  route?: string;
}

/**
 * Gives each request an id, its own if it brought one, by which the answer, the log and every service know
 * it.
 */
export const requestId: Middleware<RequestState> = (ctx, next) => {
  const given = ctx.get(HEADER);
  ctx.state.requestId = SANE.test(given) ? given : randomUUID();
  ctx.set(HEADER, ctx.state.requestId);
  return next();
};
