import type { AuditEntry, AuditFilter } from "../contracts/contract";
import type { Knex } from "../db/open-database";

/** On whose behalf a transaction runs: as `actorOf` names the caller, and the request's id in the logs. */
export interface Author {
  actor: string;
  requestId: string;
}

/** One change, for the audit log. */
export interface NewEntry {
  /** like `customer.updated`: the event about it, where there is one */
  action: string;
  /** the id of what was changed */
  object: string;
  /** facts that name no person: entries are kept for good */
  details?: Record<string, unknown>;
}

/** Transactions of people, API keys and operators. Those of services have no author. */
const authors = new WeakMap<object, Author>();

/** Says on whose behalf a transaction runs, so that what it changes is written into the audit log. */
export function withAuthor(trx: Knex.Transaction, author: Author): Knex.Transaction {
  authors.set(trx, author);
  return trx;
}

/**
 * Writes changes into the audit log of the service whose transaction this is; nothing where a service acts by
 * itself. Events need no call: `appendEvents` makes it.
 * @param author who it is, where the transaction does not know; undefined writes nothing
 */
export async function recordChanges(
  trx: Knex,
  entries: readonly NewEntry[],
  author: Author | undefined = authors.get(trx),
): Promise<void> {
  if (author === undefined || entries.length === 0) return;
  await trx.raw(
    `INSERT INTO audit_log (actor, request_id, action, object, details)
     SELECT :actor, :requestId, action, object, coalesce(details, '{}')
     FROM jsonb_to_recordset(:entries::jsonb) AS entry (action text, object text, details jsonb)`,
    { actor: author.actor, requestId: author.requestId, entries: JSON.stringify(entries) },
  );
}

/** Reads a page of the audit log, newest first. @param limit how many entries at most */
export async function readChanges(
  db: Knex,
  service: string,
  { limit, before, object, objects, actor, from, to }: AuditFilter,
): Promise<AuditEntry[]> {
  const query = db("audit_log").orderBy("id", "desc").limit(limit);
  if (before !== undefined) void query.where("id", "<", before);
  if (object !== undefined) void query.where({ object });
  if (objects !== undefined) void query.whereIn("object", objects);
  if (actor !== undefined) void query.where({ actor });
  if (from !== undefined) void query.where("id", ">=", firstIdOf(from));
  if (to !== undefined) void query.where("id", "<", firstIdOf(to));
  const columns = ["id", "actor", "request_id", "action", "object", "details"];
  const at = db.raw("uuid_extract_timestamp(id) AS at");
  const rows = await query.select<Omit<AuditEntry, "service">[]>(at, ...columns);
  return rows.map((row) => ({ ...row, service }));
}

/** The smallest id (UUID of version 7) that can be made at an instant. */
function firstIdOf(instant: string): string {
  const hex = Math.max(0, Date.parse(instant)).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
