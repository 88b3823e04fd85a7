import type { Context } from "moleculer";
import type { Access } from "../contracts/contract";
import { forbidden, notFound, unauthorized } from "../errors";

/**
 * On whose behalf an action runs: nobody known, a signed-in user, or the system itself (another service, an
 * operator).
 */
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

/** Whether the caller may see and change everybody's objects. */
export function isStaff(caller: Caller): boolean {
  return caller.kind === "system" || (caller.kind === "user" && caller.isStaff);
}

/** The id of the user on whose behalf the action runs, undefined for nobody and for the system. */
export function userIdOf(caller: Caller): string | undefined {
  return caller.kind === "user" ? caller.userId : undefined;
}

/**
 * Checks what an action's contract asks of its caller.
 * @throws BillingError 401 for nobody where somebody is needed, 403 for the wrong one
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
 * Lets the owner and staff pass; for anyone else the object does not exist.
 * @param what the object's name for the error, like `invoice`
 * @throws BillingError 404
 */
export function requireOwner(caller: Caller, ownerId: string, what: string): void {
  if (!isStaff(caller) && userIdOf(caller) !== ownerId) throw notFound(what);
}
