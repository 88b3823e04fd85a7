import type { Middleware } from "koa";
import type { Logger, ServiceBroker } from "moleculer";
import { recordHttpRequest } from "../../shared/service/metrics";
import type { RequestState } from "./request-id";

const UNMATCHED = "unmatched";
/** Asked every few seconds by whoever watches the process. */
const ROUTINE = new Set(["/health", "/ready"]);

/**
 * Logs and measures each request once it is answered. Of the address only the route's pattern is told: ids
 * and queries can be secrets, and would make endless series of metrics.
 */
export function accessLog(broker: ServiceBroker, log: Logger): Middleware<RequestState> {
  return async (ctx, next) => {
    const began = process.hrtime.bigint();
    try {
      await next();
    } finally {
      const { route = UNMATCHED, requestId } = ctx.state;
      const ms = Number((process.hrtime.bigint() - began) / 1_000n) / 1_000;
      const line = { method: ctx.method, route, status: ctx.status, ms, request_id: requestId };
      if (ROUTINE.has(route)) log.debug(line, "request");
      else log.info(line, "request");
      recordHttpRequest(broker, ctx.method, route, ctx.status, began);
    }
  };
}
