import { consume } from "../../../shared/events/consumer";
import { Invoice } from "../models/invoice";

/** The event carries the total so far, so that one that comes twice changes nothing. */
export const onPaymentRefunded = consume("payment.refunded", async (trx, events) => {
  for (const { payload } of events) {
    await Invoice.query(trx).findById(payload.invoice).patch({ refunded_minor: payload.refunded_minor });
  }
});
