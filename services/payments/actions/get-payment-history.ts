import { Payment } from "../models/payment";
import { listWebhooks } from "../queries/list-webhooks";
import type { PaymentsAction } from "../tools";

/** All attempts to have an invoice paid, and the webhooks about them as they came in. */
export const getPaymentHistory: PaymentsAction<"payments.getPaymentHistory"> = async ({ params, db }) => {
  const payments = await Payment.query(db)
    .select(
      "id",
      "attempt",
      "status",
      "stripe_payment_intent_id",
      "amount_minor",
      "currency",
      "refunded_minor",
      "last_error_code",
      "disputed_at",
      "settled_at",
      "created_at",
    )
    .where({ invoice_id: params.invoice_id })
    .orderBy("attempt");
  const intents = payments.flatMap(({ stripe_payment_intent_id }) => stripe_payment_intent_id ?? []);
  return { payments, webhooks: await listWebhooks(db, intents) };
};
