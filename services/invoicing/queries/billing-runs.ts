import type { PayloadOf } from "../../../shared/contracts";
import type { Knex } from "../../../shared/db/open-database";
import type { BillingRun } from "../models/billing-run";

/** A run whose worker gave no sign for this long is taken over by another. */
const ABANDONED_AFTER = "10 seconds";

/** Takes the oldest run that waits, or that its worker has left; of many who ask at once, each gets another one, or none. */
export async function claimRun(db: Knex): Promise<BillingRun | undefined> {
  const { rows } = await db.raw<{ rows: BillingRun[] }>(
    `UPDATE billing_runs
     SET status = 'running', started_at = coalesce(started_at, now()), heartbeat_at = now()
     WHERE id = (
       SELECT id FROM billing_runs
       WHERE kind <> 'send_reminders'
         AND (status = 'queued' OR (status = 'running' AND heartbeat_at < now() - ?::interval))
       ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
     )
     RETURNING *`,
    [ABANDONED_AFTER],
  );
  return rows[0];
}

/** Ends a run and tells so; a run that has ended before stays as it is. `counts` is added to what the run has counted. */
export async function finishRun(
  trx: Knex.Transaction,
  runId: string,
  status: "done" | "failed",
  { error = null, counts = {} }: { error?: string | null; counts?: Record<string, number> } = {},
): Promise<void> {
  await trx.raw(
    `WITH finished AS (
       UPDATE billing_runs
       SET status = :status, error = :error, finished_at = now(), counts = counts || (:counts)::jsonb
       WHERE id = (:runId)::uuid AND status = 'running'
       RETURNING *
     )
     INSERT INTO outbox (type, subject_id, payload)
     SELECT 'billing_run.finished', id, jsonb_build_object('id', id, 'kind', kind, 'as_of', as_of, 'status', status, 'counts', counts)
     FROM finished`,
    { runId, status, error, counts: JSON.stringify(counts) },
  );
}

/** Records the runs that events of the timetable ask for; one event, one run, however often it comes. */
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
    { kind, events: JSON.stringify(events.map(({ id, payload }) => ({ event_id: id, as_of: payload.as_of }))) },
  );
}

/** Counts what is due up to a day and gives parked billables another chance. */
export async function openRun(db: Knex, runId: string, asOf: string): Promise<void> {
  await db.raw(
    `WITH freed AS (
       UPDATE billables SET parked_error = NULL, parked_at = NULL
       WHERE parked_error IS NOT NULL AND next_start <= (:asOf)::date
       RETURNING 1
     )
     UPDATE billing_runs
     SET counts = jsonb_build_object('issued', 0, 'parked', 0) || counts || jsonb_build_object('due',
       coalesce((counts->>'issued')::bigint, 0) + (SELECT count(*) FROM freed)
       + (SELECT count(*) FROM billables WHERE next_start <= (:asOf)::date AND parked_error IS NULL))
     WHERE id = (:runId)::uuid`,
    { runId, asOf },
  );
}

/** Gives a run that was broken off back at once, so that whoever looks next takes it up. */
export async function releaseRun(db: Knex, runId: string): Promise<void> {
  await db.raw("UPDATE billing_runs SET heartbeat_at = '-infinity' WHERE id = ? AND status = 'running'", [runId]);
}
