import type { Knex } from "../../../shared/db/open-database";

/** Sets a billable aside that could not be billed, with the reason; the next run tries it again. */
export async function park(
  db: Knex,
  subscriptionId: string,
  asOf: string,
  reason: string,
  runId: string | null,
): Promise<void> {
  await db.raw(
    `WITH parked AS (
       UPDATE billables SET parked_error = :reason, parked_at = now(), bill_at_once_on = NULL
       WHERE subscription_id = (:subscriptionId)::uuid AND next_start <= (:asOf)::date AND parked_error IS NULL
       RETURNING 1
     )
     UPDATE billing_runs
     SET counts = counts || jsonb_build_object(
       'parked', coalesce((counts->>'parked')::bigint, 0) + (SELECT count(*) FROM parked))
     WHERE id = (:runId)::uuid`,
    { subscriptionId, asOf, reason, runId },
  );
}

/**
 * The billables that a page would claim, without claiming them: to be billed one by one after the page as a
 * whole has failed.
 */
export async function listDue(
  db: Knex,
  asOf: string,
  after: { start: string; subscriptionId: string },
  limit: number,
): Promise<{ start: string; subscriptionId: string }[]> {
  const { rows } = await db.raw<{ rows: { start: string; subscriptionId: string }[] }>(
    `SELECT next_start AS start, subscription_id AS "subscriptionId" FROM billables
     WHERE next_start <= (:asOf)::date AND parked_error IS NULL
       AND (next_start, subscription_id) > ((:start)::date, (:subscriptionId)::uuid)
     ORDER BY next_start, subscription_id LIMIT :limit`,
    { asOf, ...after, limit },
  );
  return rows;
}

/** New billables that are to be billed at once, with the day up to which. */
export async function listNew(db: Knex, limit: number): Promise<{ asOf: string; subscriptionId: string }[]> {
  const { rows } = await db.raw<{ rows: { asOf: string; subscriptionId: string }[] }>(
    `SELECT bill_at_once_on AS "asOf", subscription_id AS "subscriptionId" FROM billables
     WHERE bill_at_once_on IS NOT NULL AND next_start <= bill_at_once_on AND parked_error IS NULL
     ORDER BY subscription_id LIMIT ?`,
    [limit],
  );
  return rows;
}
