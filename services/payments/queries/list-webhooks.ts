import { fieldsOf } from "../../../shared/contracts/fields";
import { stripeWebhook, type StripeWebhook } from "../../../shared/contracts/payments";
import type { Knex } from "../../../shared/db/open-database";

/** Each decline adds one, and the list must fit into one message of NATS. */
const NEWEST = 1_000;

/**
 * The newest webhooks about intents and about their charges, refunds and disputes, in the order of arrival.
 */
export async function listWebhooks(db: Knex, intentIds: readonly string[]): Promise<StripeWebhook[]> {
  const { rows } = await db.raw<{ rows: StripeWebhook[] }>(
    `SELECT ${fieldsOf(stripeWebhook).join(", ")}
     FROM (
       SELECT *,
         coalesce(payload #>> '{data,object,payment_intent}', payload #>> '{data,object,id}')
           AS stripe_payment_intent_id
       FROM stripe_events
     ) AS webhook
     WHERE stripe_payment_intent_id = ANY(?::text[])
     ORDER BY received_at DESC, id DESC
     LIMIT ?`,
    [[...intentIds], NEWEST],
  );
  return rows.reverse();
}
