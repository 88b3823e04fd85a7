import { billedCustomer } from "../../../../shared/contracts/customers";
import { settledPayment } from "../../../../shared/contracts/payments";
import { billingTerms } from "../../../../shared/contracts/subscriptions";
import { comparedFields, type FactSet } from "../../../../shared/service/audit/fact-set";

/** Our copy of succeeded payments, by the invoices that they paid: `settledPayment` in payments' contract. */
export const PAID_INVOICES: FactSet = {
  sql: `SELECT id, payment_id, amount_minor, currency, refunded_minor, disputed_at IS NOT NULL AS disputed
        FROM invoices WHERE status = 'paid' AND amount_minor > 0`,
  compared: comparedFields(settledPayment),
};

/** Our copy of subscriptions: `billingTerms` in their contract. */
export const BILLABLES: FactSet = {
  sql: `SELECT subscription_id AS id, customer_id AS customer, plan_id AS plan, anchor, step::text AS step,
               end_date, floor(extract(epoch FROM subscribed_at) * 1000)::bigint AS subscribed_ms,
               CASE WHEN itemised THEN (
                 SELECT string_agg(item || ':' || quantity, ',' ORDER BY item COLLATE "C")
                 FROM items WHERE items.subscription_id = billables.subscription_id AND upper_inf(days)
               ) ELSE '' END AS items
        FROM billables`,
  compared: comparedFields(billingTerms, ["cancelled"]),
};

/** Our copy of customers: `billedCustomer` in identity's contract. */
export const CUSTOMERS: FactSet = {
  sql: `SELECT id, user_id, bill_to ->> 'name' AS name, bill_to ->> 'email' AS email,
               nullif(bill_to -> 'address', 'null') AS address, bill_to ->> 'vat_id' AS vat_id
        FROM customers`,
  compared: comparedFields(billedCustomer),
};
