import { fieldsOf, view } from "../../../shared/contracts/fields";
import { paymentAttempt } from "../../../shared/contracts/payments";
import { Payment } from "../models/payment";
import { listWebhooks } from "../queries/list-webhooks";
import type { PaymentsAction } from "../tools";

/** All attempts to pay an invoice, the first one first, and the webhooks about them. */
export const getPaymentHistory: PaymentsAction<"payments.getPaymentHistory"> = async ({ params, db }) => {
  const payments = await Payment.query(db)
    .select(...fieldsOf(paymentAttempt))
    .where({ invoice_id: params.invoice_id })
    .orderBy("attempt");
  const intents = payments.flatMap(({ stripe_payment_intent_id }) => stripe_payment_intent_id ?? []);
  return {
    payments: payments.map((payment) => view(paymentAttempt, payment)),
    webhooks: await listWebhooks(db, intents),
  };
};
