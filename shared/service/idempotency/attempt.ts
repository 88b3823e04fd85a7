import type { Context } from "moleculer";
import { z } from "zod";
import type { Idempotency } from "../../contracts/contract";
import { forbidden } from "../../errors";
import { actorOf, type Caller } from "../caller";

/** What the gateway says of a request that came with an Idempotency-Key. */
const statement = z.strictObject({
  key: z.string().min(1).max(255),
  /** the SHA-256 of what was asked, in hex */
  request: z.string().regex(/^[0-9a-f]{64}$/),
});
export type IdempotentRequest = z.infer<typeof statement>;

/** One try of a request: requests with the same scope, action and key are the same request. */
export interface Attempt {
  scope: string;
  action: string;
  key: string;
  request_sha256: Buffer;
}

/** What travels beside a call that is made once, and what comes back beside its answer. */
export interface IdempotencyMeta {
  idempotency?: IdempotentRequest;
  replayed?: boolean;
}

/**
 * The request that a call is a try of; undefined where no record is needed. A call by a service passes on
 * the key of the request that it works for, which is not its own. What may be repeated anyway is not recorded
 * for strangers, who could fill the table.
 * @throws BillingError 403 for a statement that is not the gateway's
 */
export function attemptOf(
  ctx: Context,
  { action, kind, caller }: { action: string; kind: Idempotency; caller: Caller },
): Attempt | undefined {
  const { idempotency } = ctx.meta as IdempotencyMeta;
  if (idempotency === undefined || caller.kind === "service") return undefined;
  if (caller.kind === "anonymous" && kind === "repeatable") return undefined;
  const stated = statement.safeParse(idempotency);
  if (!stated.success) throw forbidden("The Idempotency-Key is of an unknown form.");
  const { key, request } = stated.data;
  const scope = caller.kind === "anonymous" ? `anonymous:${request}` : actorOf(caller);
  return { scope, action, key, request_sha256: Buffer.from(request, "hex") };
}
