import type { Middleware } from "koa";
import type { Logger } from "moleculer";
import { toProblem } from "../problem-details";
import { isOverloaded } from "../../shared/errors";
import type { RequestState } from "./request-id";

/**
 * Answers each error as `application/problem+json`, and logs those with status 500 or above. A refusal
 * because too much comes is not logged: a line for each would make a flood worse.
 */
export function errorHandler(log: Logger): Middleware<RequestState> {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const { status, body, headers } = toProblem(error, ctx.state.requestId);
      const line = { err: error, request_id: ctx.state.requestId, route: ctx.state.route };
      if (status >= 500 && !isOverloaded(error))
        log[status === 503 ? "warn" : "error"](line, "request failed");
      ctx.status = status;
      ctx.set(headers);
      ctx.body = JSON.stringify(body);
      ctx.type = "application/problem+json";
    }
  };
}
