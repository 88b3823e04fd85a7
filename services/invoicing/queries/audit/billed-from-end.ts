import { readBooks } from "../../../../shared/service/audit/checks";
import type { Knex } from "../../../../shared/db/open-database";

/** An invoice for a period that starts on the subscription's end, or after it. */
export interface BilledFromEnd {
  id: string;
  subscription_id: string;
  /** false: the period starts on the very day of the end */
  after: boolean;
}

/**
 * A page, in the order of ids, of the invoices whose period starts when the subscription has ended. They are
 * few, and found all at once: asked for in the order of ids right away, Postgres looks up the billable of
 * each of a million invoices.
 */
export async function billedFromEnd(
  db: Knex,
  afterId: string | undefined,
  limit: number,
): Promise<BilledFromEnd[]> {
  const { rows } = await readBooks(db, (trx) =>
    trx.raw<{ rows: BilledFromEnd[] }>(
      `WITH late AS MATERIALIZED (
         SELECT id, subscription_id, period_start > end_date AS after
         FROM billables JOIN invoices USING (subscription_id) WHERE end_date IS NOT NULL AND period_start >= end_date
       )
       SELECT * FROM late WHERE (:afterId)::uuid IS NULL OR id > (:afterId)::uuid ORDER BY id LIMIT :limit`,
      { afterId: afterId ?? null, limit },
    ),
  );
  return rows;
}
