import type { Knex } from "../../../shared/db/open-database";
import { Payment } from "../models/payment";

/** A row of `refunds`. `amount_minor` is in the currency's minor unit, `created` in seconds since 1970. */
export interface RefundRow {
  id: string;
  amount_minor: number;
  currency: string;
  status: string;
  reason: string | null;
  failure_reason: string | null;
  created: number;
}

/**
 * Writes a payment's refunds and their total, unless somebody else has written them since `payment` was read:
 * an old answer from Stripe must not overwrite a newer one.
 * @param refundedMinor the total so far, in the currency's minor unit
 * @returns false, with nothing written, when somebody else was faster
 */
export async function writeRefunds(
  trx: Knex.Transaction,
  payment: Pick<Payment, "id" | "refunds_version">,
  refundedMinor: number,
  refunds: readonly RefundRow[],
): Promise<boolean> {
  const written = await Payment.query(trx)
    .patch({ refunded_minor: refundedMinor, refunds_version: payment.refunds_version + 1 })
    .where({ id: payment.id, refunds_version: payment.refunds_version, status: "succeeded" });
  if (written === 0) return false;
  await trx.raw(
    `INSERT INTO refunds (id, payment_id, amount_minor, currency, status, reason, failure_reason, created_at)
     SELECT id, ?, amount_minor, currency, status, reason, failure_reason, to_timestamp(created)
     FROM jsonb_to_recordset(?::jsonb) AS refund(
       id text, amount_minor bigint, currency text, status text, reason text, failure_reason text,
       created bigint
     )
     ON CONFLICT (id) DO UPDATE SET status = excluded.status, failure_reason = excluded.failure_reason`,
    [payment.id, JSON.stringify(refunds)],
  );
  return true;
}
