import { consume } from "../../../shared/events/consumer";
import { dayOf } from "../../../shared/time";
import { deliveryOf, queueDeliveries } from "../queries/queue-deliveries";
import { cancelReminders, lockReminders } from "../queries/reminders";
import type { NotificationsEnv } from "../tools";

/** Sends a receipt and cancels the invoice's reminders. */
export const onInvoicePaid = consume("invoice.paid", async (trx, events, { config }: NotificationsEnv) => {
  const invoices = events.map(({ payload }) => payload);
  await lockReminders(trx);
  await cancelReminders(
    trx,
    invoices.map(({ id }) => id),
  );
  const receipts = invoices
    .filter(({ amount_minor }) => amount_minor > 0)
    .map((invoice) => deliveryOf("receipt", dayOf(invoice.paid_at, config.billingTimezone), invoice));
  await queueDeliveries(trx, receipts);
});
