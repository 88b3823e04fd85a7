import { consume } from "../../../shared/events/consumer";
import { Invoice } from "../models/invoice";
import { markPaid } from "../queries/mark-paid";

export const onPaymentSucceeded = consume("payment.succeeded", (trx, events) =>
  markPaid(
    trx,
    events.map(({ payload }) => payload),
  ),
);

/** The event carries the total so far, so that one that comes twice changes nothing. */
export const onPaymentRefunded = consume("payment.refunded", async (trx, events) => {
  for (const { payload } of events) {
    await Invoice.query(trx).findById(payload.invoice_id).patch({ refunded_minor: payload.refunded_minor });
  }
});

export const onPaymentDisputed = consume("payment.disputed", async (trx, events) => {
  for (const { payload } of events) {
    await Invoice.query(trx)
      .findById(payload.invoice_id)
      .whereNull("disputed_at")
      .patch({ disputed_at: payload.disputed_at });
  }
});
