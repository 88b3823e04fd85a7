import type { PaymentStatus } from "../../../shared/contracts/payments";
import type { Knex } from "../../../shared/db/open-database";
import { statesBefore } from "../domain/payment.state";
import { Payment } from "../models/payment";

type Changes = Partial<
  Pick<Payment, "stripe_status" | "settled_at" | "last_error_code" | "last_error_message">
>;

/**
 * Moves a payment to another state, if it is in one from which that can be reached.
 * @returns the payment as it is now; undefined, and nothing changed, when somebody else moved it before
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
    .whereIn("status", statesBefore(to))
    .returning("*");
  return moved;
}
