import type { Knex } from "../../../../shared/db/open-database";

/** An invoice for a period that starts on the subscription's end, or after it. */
export interface BilledFromEnd {
  id: string;
  subscription_id: string;
  /** false: the period starts on the very day of the end */
  after: boolean;
}

/** A page, in the order of ids, of the invoices whose period starts when the subscription has ended. */
export async function billedFromEnd(db: Knex, afterId: string | undefined, limit: number): Promise<BilledFromEnd[]> {
  const { rows } = await db.raw<{ rows: BilledFromEnd[] }>(
    `SELECT id, subscription_id, period_start > end_date AS after
     FROM invoices JOIN billables USING (subscription_id)
     WHERE period_start >= end_date AND ((:afterId)::uuid IS NULL OR id > (:afterId)::uuid)
     ORDER BY id LIMIT :limit`,
    { afterId: afterId ?? null, limit },
  );
  return rows;
}
