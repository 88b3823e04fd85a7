import { PRODUCERS, type Call } from "../contracts";
import type { AuditEntry, AuditFilter } from "../contracts/contract";
import { decodeCursor, encodeCursor, ID_CURSOR } from "../db/keyset";

/** What to read of the audit logs of all services. */
export type AuditQuery = Omit<AuditFilter, "before"> & { cursor?: string | undefined };

/**
 * Reads a page of the audit logs of all services together, newest first.
 * @throws BillingError 400 naming cursor; what a service throws that is away
 */
export async function readAuditLog(
  call: Call,
  { limit, cursor, ...filter }: AuditQuery,
): Promise<{ items: AuditEntry[]; next: string | null }> {
  const page = cursor === undefined ? {} : { before: decodeCursor(cursor, ID_CURSOR)[0] };
  // One more than the page shows whether there is another.
  const params = { ...filter, ...page, limit: limit + 1 };
  const found = await Promise.all(PRODUCERS.map((service) => call(`${service}.auditLog`, params)));
  const entries = found.flat().sort((one, other) => (one.id < other.id ? 1 : -1));
  const items = entries.slice(0, limit);
  const last = items.at(-1);
  return { items, next: entries.length > limit && last !== undefined ? encodeCursor([last.id]) : null };
}
