import { consume } from "../../../shared/events/consumer";
import { deliveryOf, queueDeliveries } from "../queries/queue-deliveries";

/** Sends customers their invoices, except those with nothing to pay. */
export const onInvoiceIssued = consume("invoice.issued", async (trx, events) => {
  const invoices = events.map(({ payload }) => payload).filter(({ amount_minor }) => amount_minor > 0);
  await queueDeliveries(
    trx,
    invoices.map((invoice) => deliveryOf("invoice_issued", invoice.issue_date, invoice)),
  );
});
