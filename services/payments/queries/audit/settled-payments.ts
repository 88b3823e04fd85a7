import { settledPayment } from "../../../../shared/contracts/payments";
import { comparedFields, type FactSet } from "../../../../shared/service/audit/fact-set";

/** What invoicing must know about each succeeded payment. */
export const SETTLED_PAYMENTS: FactSet = {
  sql: `SELECT invoice_id AS id, id AS payment_id, amount_minor, currency, refunded_minor,
               disputed_at IS NOT NULL AS disputed
        FROM payments WHERE status = 'succeeded'`,
  compared: comparedFields(settledPayment),
};
