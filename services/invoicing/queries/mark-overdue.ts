import type { Knex } from "../../../shared/db/open-database";
import { payloadSql } from "../../../shared/events/payload-sql";
import { invoiceStates, OPEN_STATES } from "../domain/invoice.state";

/** The condition of the index invoices_unpaid: Postgres uses the index only where it reads the same. */
const IS_OPEN = `status IN (${OPEN_STATES.map((status) => `'${status}'`).join(", ")})`;

/**
 * Marks a page of invoices overdue that were due before a day, with their outbox rows and the run's count, in
 * one statement.
 * @returns how many were marked; fewer than `limit` when only those are left that another run has locked
 */
export async function markOverduePage(db: Knex, asOf: string, limit: number, runId: string): Promise<number> {
  const { rows } = await db.raw<{ rows: { marked: number }[] }>(
    `WITH late AS (
       SELECT id FROM invoices
       WHERE ${IS_OPEN} AND status = ANY((:before)::text[]) AND due_date < (:asOf)::date
       ORDER BY due_date, id LIMIT :limit FOR UPDATE SKIP LOCKED
     ), marked AS (
       UPDATE invoices SET status = 'overdue' FROM late WHERE invoices.id = late.id RETURNING invoices.*
     ), events AS (
       INSERT INTO outbox (type, subject_id, payload)
       SELECT 'invoice.overdue', id, ${payloadSql("invoice.overdue", "marked")} FROM marked ORDER BY sequence
     ), progress AS (
       UPDATE billing_runs
       SET heartbeat_at = now(), counts = counts || jsonb_build_object(
         'marked', coalesce((counts->>'marked')::bigint, 0) + (SELECT count(*) FROM marked))
       WHERE id = (:runId)::uuid
     )
     SELECT count(*) AS marked FROM marked`,
    { asOf, limit, runId, before: invoiceStates.before("overdue") },
  );
  return rows[0]?.marked ?? 0;
}
