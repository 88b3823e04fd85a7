import type { Middleware } from "koa";
import type { Logger, ServiceBroker } from "moleculer";
import { recordHttpRequest } from "../../shared/service/metrics";
import type { RequestState } from "./request-id";

const UNMATCHED = "unmatched";
/** A load balancer asks these every few seconds. */
const PROBES = new Set(["/health", "/ready"]);

/**
 * Logs and measures each request after its answer. It records the route's pattern, never the address: ids and
 * queries can be secrets, and each id would be a new time series.
 */
export function accessLog(broker: ServiceBroker, log: Logger): Middleware<RequestState> {
  return async (ctx, next) => {
    const started_at = process.hrtime.bigint();
    try {
      await next();
    } finally {
      const { route = UNMATCHED, requestId } = ctx.state;
      const ms = Number((process.hrtime.bigint() - started_at) / 1_000n) / 1_000;
      const line = { method: ctx.method, route, status: ctx.status, ms, request_id: requestId };
      if (PROBES.has(route)) log.debug(line, "request");
      else log.info(line, "request");
      recordHttpRequest(broker, ctx.method, route, ctx.status, started_at);
    }
  };
}
