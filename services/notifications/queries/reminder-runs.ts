import type { Knex } from "../../../shared/db/open-database";

export interface ReminderRun {
  id: string;
  as_of: string;
  run_id: string | null;
  /** the id of the last invoice that was looked at */
  planned_after: string | null;
}

/**
 * Records the timetable's call for a day's reminders. It takes the place of an earlier day's that is still
 * waiting: after an outage customers hear the latest stage only.
 */
export async function queueDailyRun(trx: Knex.Transaction, asOf: string): Promise<void> {
  await trx.raw("DELETE FROM reminder_runs WHERE run_id IS NULL AND status = 'queued' AND as_of <= ?", [
    asOf,
  ]);
  await trx.raw("INSERT INTO reminder_runs (as_of) VALUES (?)", [asOf]);
}

/** Records what staff asked for by billing runs. */
export async function queueRequestedRuns(
  trx: Knex.Transaction,
  requests: { run_id: string; as_of: string }[],
): Promise<void> {
  await trx.raw(
    `INSERT INTO reminder_runs (run_id, as_of)
     SELECT run_id, as_of FROM jsonb_to_recordset(?::jsonb) AS request(run_id uuid, as_of date)
     ON CONFLICT (run_id) DO NOTHING`,
    [JSON.stringify(requests)],
  );
}

/** The run that has waited longest. */
export async function nextRun(db: Knex): Promise<ReminderRun | undefined> {
  const { rows } = await db.raw<{ rows: ReminderRun[] }>(
    "SELECT id, as_of, run_id, planned_after FROM reminder_runs WHERE status = 'queued' ORDER BY id LIMIT 1",
  );
  return rows[0];
}

/**
 * Takes the page of a run's invoices that was just fetched, and ends the run with its last one.
 * @param plannedAfter the id of the page's last invoice, undefined when there are no more
 * @returns false when another instance was quicker, or the run is no more
 */
export async function takePage(
  trx: Knex.Transaction,
  run: ReminderRun,
  plannedAfter: string | undefined,
): Promise<boolean> {
  const { rowCount } = await trx.raw<{ rowCount: number }>(
    `UPDATE reminder_runs
     SET planned_after = coalesce(cast(:plannedAfter AS uuid), planned_after),
       status = CASE WHEN cast(:plannedAfter AS uuid) IS NULL THEN 'done' ELSE 'queued' END
     WHERE id = :id AND status = 'queued' AND planned_after IS NOT DISTINCT FROM cast(:before AS uuid)`,
    { id: run.id, before: run.planned_after, plannedAfter: plannedAfter ?? null },
  );
  return rowCount === 1;
}

/** Counts reminders for the run that called for them; gives how many those are so far. */
export async function countReminded(
  trx: Knex.Transaction,
  run: ReminderRun,
  queued: number,
): Promise<number> {
  const { rows } = await trx.raw<{ rows: [{ reminded: number }] }>(
    "UPDATE reminder_runs SET reminded = reminded + ? WHERE id = ? RETURNING reminded",
    [queued, run.id],
  );
  return rows[0].reminded;
}
