import { consume } from "../../../shared/events/consumer";
import { markPaid } from "../queries/mark-paid";

export const onPaymentSucceeded = consume("payment.succeeded", (trx, events) =>
  markPaid(
    trx,
    events.map(({ payload }) => payload),
  ),
);
