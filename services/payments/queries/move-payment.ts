import type { PaymentStatus } from "../../../shared/contracts/payments";
import type { Knex } from "../../../shared/db/open-database";
import { paymentStates } from "../domain/payment.state";
import { Payment } from "../models/payment";

type Changes = Partial<
  Pick<Payment, "stripe_status" | "settled_at" | "last_error_code" | "last_error_message">
>;

/**
 * Moves a payment to another state, if its current state allows it.
 * @returns the changed payment; undefined, with nothing changed, when its state does not allow it any more
 */
export async function movePayment(
  trx: Knex,
  paymentId: string,
  to: PaymentStatus,
  changes: Changes = {},
): Promise<Payment | undefined> {
  const [moved] = await Payment.query(trx)
    .patch({ ...changes, status: to })
    .where({ id: paymentId })
    .whereIn("status", paymentStates.before(to))
    .returning("*");
  return moved;
}
