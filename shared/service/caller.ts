import type { Context } from "moleculer";
import { z } from "zod";
import { SERVICE_NAMES } from "../config/config";
import { accessClaims } from "../contracts/identity";
import { keyScope, LISTENER, type Access, type CallingService, type KeyScope } from "../contracts/contract";
import type { Author } from "../events/audit-log";
import { forbidden, notFound, unauthorized } from "../errors";
import { senderOf, type Sender } from "./bus-name";

/**
 * On whose behalf an action runs: a person without a token, a signed-in user, a team's own software with an
 * API key, a service, or an operator at the console.
 */
const callerSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("anonymous") }),
  z.strictObject({
    kind: z.literal("user"),
    userId: z.uuid(),
    isStaff: z.boolean(),
    customers: accessClaims.shape.customers,
    sessionId: z.uuid().optional(),
  }),
  z.strictObject({ kind: z.literal("key"), keyId: z.uuid(), scope: keyScope }),
  z.strictObject({ kind: z.literal("service"), name: z.enum([...SERVICE_NAMES, LISTENER]) }),
  z.strictObject({ kind: z.literal("operator") }),
]);
export type Caller = z.infer<typeof callerSchema>;

export const ANONYMOUS: Caller = { kind: "anonymous" };
export const OPERATOR: Caller = { kind: "operator" };

/** A service that calls on its own behalf. */
export function asService(name: CallingService): Caller {
  return { kind: "service", name };
}

/**
 * On whose behalf a call came in. What its sender states counts only if it may: the bus knows which services
 * the sender has, a person is known to the gateway and the console alone, an API key to the gateway, and an
 * operator to the console.
 * Within one process everything is trusted.
 * @throws BillingError 403 for a caller that the sender may not state, and for one of an unknown kind
 */
export function callerOf(ctx: Context): Caller {
  const isLocal = ctx.nodeID === null || ctx.nodeID === ctx.broker.nodeID;
  const sender = isLocal ? undefined : senderOf(ctx.nodeID ?? "");
  // A team's own services know nothing of callers.
  const unstated = sender?.name === LISTENER ? asService(LISTENER) : ANONYMOUS;
  const { caller: statement = unstated } = ctx.meta as { caller?: unknown };
  const stated = callerSchema.safeParse(statement);
  if (!stated.success) throw forbidden("The caller is of an unknown kind.");
  if (sender !== undefined && !mayState(sender, stated.data)) {
    throw forbidden("The sender may not call as this caller.");
  }
  return stated.data;
}

function mayState(sender: Sender, stated: Caller): boolean {
  const has = (name: string) => sender.services.some((service) => service === name) || sender.name === name;
  switch (stated.kind) {
    case "anonymous":
    case "user":
      return has("gateway") || has("console");
    case "key":
      return has("gateway");
    case "service":
      return has(stated.name);
    case "operator":
      return has("console");
  }
}

/** The id that a request has in all services and logs. */
export function requestIdOf(ctx: Context): string {
  return ctx.requestID ?? ctx.id;
}

/** Whether the caller is a member of staff, or an operator. An API key never is. */
export function isStaff(caller: Caller): boolean {
  return caller.kind === "operator" || (caller.kind === "user" && caller.isStaff);
}

/**
 * Whether the objects of all customers are the caller's to see, and to change where the action lets the
 * caller in: staff, operators, and API keys of every scope.
 */
export function seesAll(caller: Caller): boolean {
  return caller.kind === "key" || isStaff(caller);
}

/** The id of the signed-in user, undefined for any other caller. */
export function userIdOf(caller: Caller): string | undefined {
  return caller.kind === "user" ? caller.userId : undefined;
}

/** The session in which the signed-in user calls, undefined for any other caller. */
export function sessionIdOf(caller: Caller): string | undefined {
  return caller.kind === "user" ? caller.sessionId : undefined;
}

/**
 * Checks that the caller may call an action.
 * @param key the scope that an API key needs; undefined where no key may call
 * @throws BillingError 401 for nobody where a user is needed, 403 for a caller without the right
 */
export function requireAccess(caller: Caller, access: Access, key?: KeyScope): void {
  const allowed: readonly string[] = typeof access === "string" ? [access] : access;
  if (caller.kind === "operator") return;
  if (caller.kind === "key") {
    requireScope(caller.scope, key);
    return;
  }
  if (caller.kind === "service") {
    if (!allowed.includes(caller.name)) throw forbidden();
    return;
  }
  if (allowed.includes("anyone")) return;
  if (caller.kind === "anonymous") {
    throw unauthorized("request.not_authenticated", "Authentication credentials were not provided.");
  }
  if (allowed.includes("user")) return;
  if (!allowed.includes("staff")) throw forbidden();
  if (!caller.isStaff) throw forbidden("Only staff may do this.");
}

/** @throws BillingError 403 */
function requireScope(given: KeyScope, needed: KeyScope | undefined): void {
  if (needed === undefined) throw forbidden("API keys may not do this.");
  const { options } = keyScope;
  if (options.indexOf(given) < options.indexOf(needed))
    throw forbidden(`This needs an API key with the scope ${needed}; this key has ${given}.`);
}

/** A caller's name on record, like `user:<id>`; it says nothing of a person but the id. */
export function actorOf(caller: Caller): string {
  switch (caller.kind) {
    case "user":
      return `user:${caller.userId}`;
    case "key":
      return `key:${caller.keyId}`;
    case "service":
      return `service:${caller.name}`;
    default:
      return caller.kind;
  }
}

/** Who stands in the audit log for what a call changes; undefined for a service, which acts by itself. */
export function authorOf(caller: Caller, requestId: string): Author | undefined {
  return caller.kind === "service" ? undefined : { actor: actorOf(caller), requestId };
}

/** The customers that the signed-in user belongs to; none for any other caller. */
export function customersOf(caller: Caller): readonly string[] {
  return caller.kind === "user" ? caller.customers : [];
}

/**
 * Checks that the caller belongs to the customer who owns an object, sees all, or is a service: those were
 * let in by name. For anyone else the object does not exist.
 * @param customerId the owner
 * @param what the object's name in the error, like `invoice`
 * @throws BillingError 404
 */
export function requireOwner(caller: Caller, customerId: string, what: string): void {
  if (caller.kind === "service" || seesAll(caller)) return;
  if (!customersOf(caller).includes(customerId)) throw notFound(what);
}

/**
 * Checks that an account is the caller's own, or that the caller sees all or is a service.
 * @throws BillingError 404
 */
export function requireSelf(caller: Caller, userId: string): void {
  if (caller.kind === "service" || seesAll(caller)) return;
  if (userIdOf(caller) !== userId) throw notFound("user");
}
