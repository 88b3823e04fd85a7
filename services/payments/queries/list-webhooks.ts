import type { PaymentHistory } from "../../../shared/contracts/payments";
import type { Knex } from "../../../shared/db/open-database";

/**
 * The webhooks about intents and what hangs on them, like refunds, as they came in; without their payloads.
 */
export async function listWebhooks(
  db: Knex,
  intentIds: readonly string[],
): Promise<PaymentHistory["webhooks"]> {
  const { rows } = await db.raw<{ rows: PaymentHistory["webhooks"] }>(
    `SELECT id, type,
            coalesce(payload #>> '{data,object,payment_intent}', payload #>> '{data,object,id}') AS stripe_payment_intent_id,
            received_at, processed_at, outcome
     FROM stripe_events
     WHERE coalesce(payload #>> '{data,object,payment_intent}', payload #>> '{data,object,id}') = ANY(?::text[])
     ORDER BY received_at, id`,
    [[...intentIds]],
  );
  return rows;
}
