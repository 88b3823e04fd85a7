import type { Context } from "moleculer";
import type { Access } from "../contracts/contract";
import { forbidden, notFound, unauthorized } from "../errors";

/** On whose behalf an action runs: nobody known, a signed-in user, or the system (another service, an operator). */
export type Caller =
  | { kind: "anonymous" }
  | { kind: "user"; userId: string; isStaff: boolean }
  | { kind: "system" };

/** On whose behalf a call came in. */
export function callerOf(ctx: Context): Caller {
  return (ctx.meta as { caller?: Caller }).caller ?? ANONYMOUS;
}

/** The id that a request has in all services and logs. */
export function requestIdOf(ctx: Context): string {
  return ctx.requestID ?? ctx.id;
}

export const SYSTEM: Caller = { kind: "system" };
export const ANONYMOUS: Caller = { kind: "anonymous" };

/** Whether the caller may see and change the objects of all users. */
export function isStaff(caller: Caller): boolean {
  return caller.kind === "system" || (caller.kind === "user" && caller.isStaff);
}

/** The id of the signed-in user, undefined for nobody and for the system. */
export function userIdOf(caller: Caller): string | undefined {
  return caller.kind === "user" ? caller.userId : undefined;
}

/**
 * Checks that the caller may call an action.
 * @throws BillingError 401 for nobody where a user is needed, 403 for a caller without the right
 */
export function requireAccess(caller: Caller, access: Access): void {
  if (access === "anyone") return;
  if (caller.kind === "anonymous") {
    throw unauthorized("request.not_authenticated", "Authentication credentials were not provided.");
  }
  if (access === "staff" && !isStaff(caller)) throw forbidden("Only staff may do this.");
  if (access === "system" && caller.kind !== "system") throw forbidden();
}

/**
 * Checks that the caller owns an object or is staff. For anyone else the object does not exist.
 * @param what the object's name in the error, like `invoice`
 * @throws BillingError 404
 */
export function requireOwner(caller: Caller, ownerId: string, what: string): void {
  if (!isStaff(caller) && userIdOf(caller) !== ownerId) throw notFound(what);
}
