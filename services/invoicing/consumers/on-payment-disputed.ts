import { consume } from "../../../shared/events/consumer";
import { Invoice } from "../models/invoice";

/** The first dispute counts: `disputed_at` is set once. */
export const onPaymentDisputed = consume("payment.disputed", async (trx, events) => {
  for (const { payload } of events) {
    await Invoice.query(trx)
      .findById(payload.invoice)
      .whereNull("disputed_at")
      .patch({ disputed_at: payload.disputed_at });
  }
});
