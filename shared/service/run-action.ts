import type { Context } from "moleculer";
import type { ActionContract } from "../contracts/contract";
import { errorCode, isUnreachable } from "../db/transaction";
import { callAs } from "./call";
import { ANONYMOUS, requireAccess, SYSTEM, type Caller } from "./caller";
import { BillingError, fromZodError, invalid, unavailable } from "../errors";
import { recordAction } from "./metrics";
import type { ActionHandler, ServiceEnv } from "./service-env";

/**
 * Runs one call of an action: access and params are checked against the contract, then the handler works on
 * behalf of the caller. What goes wrong inside is logged with the request's id.
 * @throws BillingError 400, 401 or 403 as the contract has it, 503 while Postgres is away, and what the
 *   handler throws
 */
export async function runAction(
  ctx: Context,
  action: string,
  contract: ActionContract,
  handler: ActionHandler<never>,
  env: ServiceEnv<never>,
): Promise<unknown> {
  const caller = (ctx.meta as { caller?: Caller }).caller ?? ANONYMOUS;
  if (caller.kind !== "system") env.background.asked();
  const requestId = ctx.requestID ?? ctx.id;
  const began = process.hrtime.bigint();
  try {
    requireAccess(caller, contract.access);
    const parsed = contract.params.safeParse(ctx.params);
    if (!parsed.success) throw fromZodError(parsed.error);
    const call = callAs(ctx.broker, caller, { parentCtx: ctx });
    const asSystem = callAs(ctx.broker, SYSTEM, { parentCtx: ctx });
    return await handler({ ...env, params: parsed.data as never, caller, requestId, call, asSystem });
  } catch (error) {
    const known = translated(error);
    if (!(known instanceof BillingError) || known.code >= 500) {
      env.log.error({ err: error, request_id: requestId, action }, "action failed");
    }
    throw known;
  } finally {
    recordAction(ctx.broker, action, began);
  }
}

/** What a database error means to the caller, where it means anything. */
function translated(error: unknown): unknown {
  if (isUnreachable(error)) return unavailable("database");
  const unstorable = ["22021", "22P05"].includes(errorCode(error) ?? "");
  return unstorable ? invalid({ field: "body", message: "holds a character that cannot be stored" }) : error;
}
