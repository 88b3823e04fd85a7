import { fieldsOf, view } from "../../../shared/contracts/fields";
import { paymentAttempt } from "../../../shared/contracts/payments";
import { Payment } from "../models/payment";
import { listWebhooks } from "../queries/list-webhooks";
import type { PaymentsAction } from "../tools";

/** The list must fit into one message of NATS. */
const NEWEST = 500;

/** The newest attempts to pay an invoice, in their order, and the newest webhooks about them. */
export const getPaymentHistory: PaymentsAction<"payments.getPaymentHistory"> = async ({ params, db }) => {
  const payments = await Payment.query(db)
    .select(...fieldsOf(paymentAttempt))
    .where({ invoice_id: params.invoice })
    .orderBy("attempt", "desc")
    .limit(NEWEST);
  payments.reverse();
  const intents = payments.flatMap(({ stripe_payment_intent_id }) => stripe_payment_intent_id ?? []);
  return {
    payments: payments.map((payment) => view(paymentAttempt, payment)),
    webhooks: await listWebhooks(db, intents),
  };
};
