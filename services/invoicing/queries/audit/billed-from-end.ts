import { withSnapshot } from "../../../../shared/service/audit/checks";
import type { Knex } from "../../../../shared/db/open-database";

/** An invoice whose period starts on the subscription's end or after it. */
interface BilledFromEnd {
  id: string;
  subscription_id: string;
  /** false: the period starts on the day of the end */
  after: boolean;
}

/**
 * A page of the invoices whose period starts on the subscription's end or after it, in the order of ids. They
 * are few, so all are found first and sorted then: with `ORDER BY id` at once, Postgres looks up the billable
 * of every invoice.
 */
export async function billedFromEnd(
  db: Knex,
  afterId: string | undefined,
  limit: number,
): Promise<BilledFromEnd[]> {
  const { rows } = await withSnapshot(db, (trx) =>
    trx.raw<{ rows: BilledFromEnd[] }>(
      `WITH late AS MATERIALIZED (
         SELECT id, subscription_id, period_start > end_date AS after
         FROM billables JOIN invoices USING (subscription_id)
         WHERE end_date IS NOT NULL AND period_start >= end_date
       )
       SELECT * FROM late WHERE (:afterId)::uuid IS NULL OR id > (:afterId)::uuid ORDER BY id LIMIT :limit`,
      { afterId: afterId ?? null, limit },
    ),
  );
  return rows;
}
