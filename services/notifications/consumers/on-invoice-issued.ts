import { consume } from "../../../shared/events/consumer";
import { deliveryOf, queueDeliveries } from "../queries/queue-deliveries";

/** Sends each customer their invoice; where there is nothing to pay there is nothing to tell. */
export const onInvoiceIssued = consume("invoice.issued", async (trx, events) => {
  const invoices = events.map(({ payload }) => payload).filter(({ amount_minor }) => amount_minor > 0);
  await queueDeliveries(
    trx,
    invoices.map((invoice) => deliveryOf("invoice_issued", invoice.issue_date, invoice)),
  );
});
