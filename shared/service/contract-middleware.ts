import type { ActionSchema, Context, Middleware, Service, ServiceBroker } from "moleculer";
import { actionContract } from "../contracts";
import type { ActionContract } from "../contracts/contract";
import { errorCode, isUnreachable } from "../db/transaction";
import { BillingError, fromZodError, invalid, isOverloaded, unavailable } from "../errors";
import { runtimeOf } from "./broker";
import { callerOf, requestIdOf, requireAccess } from "./caller";
import { recordAction } from "./metrics";

/** Postgres cannot store NUL and half a surrogate pair. */
const UNSTORABLE = new Set(["22021", "22P05"]);
/**
 * Somebody else held what this needed, or there was too much to do: a serialization failure or deadlock that
 * outlasted the retries, the timeout of a lock or of a statement.
 */
const BUSY = new Set(["40001", "40P01", "55P03", "57014"]);

/**
 * Holds every action to its contract: who may call it, and with what. An action's handler gets parsed params.
 * What fails inside is logged with the request's id; the time it took is a metric.
 * @throws BillingError 400, 401 or 403 by the contract, 503 while Postgres is unreachable or too busy, or
 *   what the handler throws
 */
export const contractMiddleware: Middleware = {
  name: "Contract",
  localAction(next, { name = "" }: ActionSchema) {
    const contract = actionContract(name);
    if (contract === undefined) return next;
    return async (ctx: Context) => {
      const began = process.hrtime.bigint();
      try {
        ctx.params = check(this, contract, ctx);
        return await next.call(ctx.service as Service, ctx);
      } catch (error) {
        const known = translated(error);
        if (isFault(known)) {
          const line = { err: error, request_id: requestIdOf(ctx), action: name };
          (ctx.service ?? this).logger.error(line, "action failed");
        }
        throw known;
      } finally {
        recordAction(this, name, began);
      }
    };
  },
};

/** @returns the params, parsed */
function check(broker: ServiceBroker, contract: ActionContract, ctx: Context): object {
  const caller = callerOf(ctx);
  const isRequest = caller.kind === "user" || caller.kind === "key" || caller.kind === "anonymous";
  if (isRequest) runtimeOf(broker).background.requested();
  requireAccess(caller, contract.access, contract.key);
  const parsed = contract.params.safeParse(ctx.params);
  if (!parsed.success) throw fromZodError(parsed.error);
  return parsed.data as object;
}

/** What an operator must know of. A refusal because too much comes is none, and there can be thousands. */
function isFault(error: unknown): boolean {
  return !(error instanceof BillingError) || (error.code >= 500 && !isOverloaded(error));
}

/** What a database error means to the caller, where it means anything. */
function translated(error: unknown): unknown {
  const code = errorCode(error) ?? "";
  if (isUnreachable(error) || BUSY.has(code)) return unavailable("database");
  if (UNSTORABLE.has(code))
    return invalid({ field: "body", message: "holds a character that cannot be stored" });
  return error;
}
