import type { Call } from "../contracts";
import type { CallingOptions, ServiceBroker } from "moleculer";
import type { Caller } from "./caller";

/**
 * A typed `call` on behalf of one caller.
 * @param options `parentCtx` for a call within a call, which keeps the request id but never the caller;
 *   `requestID` for the first call of a request; `timeout` in ms instead of the default
 */
export function callAs(
  broker: ServiceBroker,
  caller: Caller,
  options: Pick<CallingOptions, "parentCtx" | "requestID" | "timeout"> = {},
): Call {
  return (name, params) => broker.call(name, params, { ...options, meta: { caller } });
}
