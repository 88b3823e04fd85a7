import type { PayloadOf } from "../../../shared/contracts";
import type { Knex } from "../../../shared/db/open-database";
import { payloadSql } from "../../../shared/events/payload-sql";
import { kindsOf, type KindOfRun } from "../domain/billing-run.kind";
import { runStates } from "../domain/billing-run.state";
import type { InvoiceTotals } from "../domain/run-limits";
import type { BillingRun } from "../models/billing-run";
import { DUE, missedBeside } from "./due-periods";

/** A run without a heartbeat for this long is taken over by another worker. */
const ABANDONED_AFTER = "10 seconds";

/**
 * Takes the oldest run that is queued or abandoned. Workers that ask at the same time get different runs, or
 * none.
 */
export async function claimRun(db: Knex): Promise<BillingRun | undefined> {
  const { rows } = await db.raw<{ rows: BillingRun[] }>(
    `UPDATE billing_runs
     SET status = 'running', started_at = coalesce(started_at, now()), heartbeat_at = now()
     WHERE id = (
       SELECT id FROM billing_runs
       WHERE kind = ANY(:kinds)
         AND (status = 'queued'
              OR (status = 'running' AND heartbeat_at < now() - (:abandonedAfter)::interval))
       ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
     )
     RETURNING *`,
    { kinds: kindsOf("invoicing"), abandonedAfter: ABANDONED_AFTER },
  );
  return rows[0];
}

/**
 * Ends a run and appends its event. A run that has ended already stays as it is, and so does one that another
 * service carries out. `counts` is merged into the run's counts.
 * @param by who carries it out
 */
export async function finishRun(
  trx: Knex.Transaction,
  runId: string,
  status: "done" | "failed",
  by: KindOfRun["carriedOutBy"],
  { error = null, counts = {} }: { error?: string | null; counts?: Record<string, number> } = {},
): Promise<void> {
  await trx.raw(
    `WITH finished AS (
       UPDATE billing_runs
       SET status = :status, error = :error, finished_at = now(), counts = counts || (:counts)::jsonb
       WHERE id = (:runId)::uuid AND status = ANY((:before)::text[]) AND kind = ANY((:kinds)::text[])
       RETURNING *
     )
     INSERT INTO outbox (type, subject_id, payload)
     SELECT 'billing_run.finished', id, ${payloadSql("billing_run.finished", "finished")}
     FROM finished`,
    {
      runId,
      status,
      error,
      counts: JSON.stringify(counts),
      before: runStates.before(status),
      kinds: kindsOf(by),
    },
  );
}

/** Queues the runs that events of the timetable request: one run for each event, even if it comes twice. */
export async function queueRuns(
  trx: Knex.Transaction,
  kind: BillingRun["kind"],
  events: { id: string; payload: PayloadOf<"billing.invoices_due"> }[],
): Promise<void> {
  await trx.raw(
    `INSERT INTO billing_runs (kind, as_of, event_id)
     SELECT :kind, as_of, event_id
     FROM jsonb_to_recordset((:events)::jsonb) AS event(event_id uuid, as_of date)
     ON CONFLICT (event_id) DO NOTHING`,
    {
      kind,
      events: JSON.stringify(events.map(({ id, payload }) => ({ event_id: id, as_of: payload.as_of }))),
    },
  );
}

/** Unparks the billables that are due by a day, and counts the periods that are due. */
export async function openRun(db: Knex, runId: string, asOf: string): Promise<void> {
  await db.raw(
    `UPDATE billables SET parked_error = NULL, parked_at = NULL
     WHERE parked_error IS NOT NULL AND next_start <= ?::date`,
    [asOf],
  );
  await db.raw(
    `WITH due AS NOT MATERIALIZED (SELECT *, next_index AS first_index FROM billables WHERE ${DUE})
     UPDATE billing_runs
     SET heartbeat_at = now(),
       counts = jsonb_build_object('issued', 0, 'parked', 0) || counts || jsonb_build_object('due',
         coalesce((counts->>'issued')::bigint, 0)
         + (SELECT count(*) FROM due) + (SELECT count(*) FROM (${missedBeside("due")}) AS missed))
     WHERE id = (:runId)::uuid`,
    { runId, asOf },
  );
}

/**
 * Adds a page to what a limited run has issued, in the page's transaction. The counter is still locked, so
 * the page's invoices are those with the last numbers.
 * @param pageCount how many the page has issued
 * @returns what the run has issued with this page
 */
export async function addToIssued(
  trx: Knex.Transaction,
  runId: string,
  pageCount: number,
): Promise<InvoiceTotals> {
  const { rows } = await trx.raw<{ rows: InvoiceTotals[] }>(
    `WITH page AS (
       SELECT currency, sum(amount_minor) AS amount FROM invoices, invoice_counter
       WHERE sequence BETWEEN last_sequence - (:pageCount)::bigint + 1 AND last_sequence
       GROUP BY currency
     )
     UPDATE billing_runs
     SET issued_minor = issued_minor || (
       SELECT jsonb_object_agg(currency, amount + coalesce((issued_minor->>(currency::text))::bigint, 0))
       FROM page)
     WHERE id = (:runId)::uuid
     RETURNING (counts->>'issued')::bigint AS count, issued_minor AS total`,
    { runId, pageCount },
  );
  const [issued] = rows;
  if (issued === undefined) throw new Error(`billing run ${runId} is gone`);
  return issued;
}

/** Makes a run that was interrupted free at once, so that another worker can continue it. */
export async function releaseRun(db: Knex, runId: string): Promise<void> {
  await db.raw("UPDATE billing_runs SET heartbeat_at = '-infinity' WHERE id = ? AND status = 'running'", [
    runId,
  ]);
}
