import type { Knex } from "../../../shared/db/open-database";
import type { PaymentsEnv } from "../tools";
import { handleRefund } from "../webhooks/refunds";

const BATCH = 5;
const AGAIN_AFTER = "6 hours";

/**
 * Asks Stripe about refunds that are still pending, in case no webhook reported their end.
 * @returns how many were checked
 */
export async function checkPendingRefunds(env: PaymentsEnv): Promise<number> {
  const due = await claimPendingRefunds(env.db);
  await Promise.all(
    due.map((id) =>
      handleRefund(env, id).catch((error: unknown) => {
        env.log.warn({ err: error, refund_id: id }, "could not check a pending refund");
      }),
    ),
  );
  return due.length;
}

async function claimPendingRefunds(db: Knex): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `UPDATE refunds SET next_check_at = now() + ?::interval
     WHERE id IN (
       SELECT id FROM refunds
       WHERE status IN ('pending', 'requires_action') AND next_check_at <= now()
       ORDER BY next_check_at LIMIT ? FOR UPDATE SKIP LOCKED
     )
     RETURNING id`,
    [AGAIN_AFTER, BATCH],
  );
  return rows.map(({ id }) => id);
}
