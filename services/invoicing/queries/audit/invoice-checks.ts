import type { AuditCheck } from "../../../../shared/service/audit/checks";

/** The expression that generates invoices.number. */
const numberOf = (sequence: string): string =>
  `'INV-' || lpad((${sequence})::text, greatest(8, length((${sequence})::text)), '0')`;

/** The checks of the invoices themselves: their numbers, amounts and states. */
export const INVOICE_CHECKS: AuditCheck[] = [
  {
    check: "numbers_gapless",
    says: "the numbers are 1, 2, 3, … up to the counter's, each one once",
    sql: `SELECT CASE WHEN sequence <= before + 2 THEN ${numberOf("least(before + 1, sequence)")}
                      ELSE ${numberOf("before + 1")} || ' to ' || ${numberOf("sequence - 1")} END AS id
          FROM (
            SELECT sequence, lag(sequence, 1, 0::bigint) OVER (ORDER BY sequence) AS before
            FROM (
              SELECT sequence FROM invoices
              UNION ALL SELECT last_sequence + 1 FROM invoice_counter
                        WHERE last_sequence >= (SELECT coalesce(max(sequence), 0) FROM invoices)
            ) AS known
          ) AS numbered WHERE sequence <> before + 1`,
  },
  {
    check: "numbers_counted",
    says: "no number is above the counter's, which would be used again",
    sql: "SELECT number AS id FROM invoices, invoice_counter WHERE sequence > last_sequence",
  },
  {
    check: "totals_are_lines",
    says: "every invoice's subtotal is the sum of its lines, and every line's is quantity × unit amount",
    sql: `SELECT id FROM invoices, LATERAL (
            SELECT sum((line ->> 'amount_minor')::bigint) AS total,
                   bool_and((line ->> 'amount_minor')::bigint =
                     (line ->> 'unit_amount_minor')::bigint * (line ->> 'quantity')::bigint) AS exact
            FROM jsonb_array_elements(lines) AS line
          ) AS added
          WHERE total IS DISTINCT FROM subtotal_minor OR NOT exact`,
  },
  {
    check: "lines_bill_items",
    says: "an invoice has a line for each item that the subscription had when the period began",
    sql: `SELECT invoices.id FROM billables JOIN invoices USING (subscription_id)
          WHERE itemised AND (
            SELECT coalesce(jsonb_object_agg(line ->> 'item', line -> 'quantity'), '{}')
            FROM jsonb_array_elements(lines) AS line WHERE line ->> 'item' <> 'base'
          ) <> (
            SELECT coalesce(jsonb_object_agg(item, quantity), '{}') FROM items
            WHERE items.subscription_id = invoices.subscription_id AND days @> period_start AND quantity > 0
          )`,
  },
  {
    check: "charges_billed_once",
    says: "an invoiced charge has a line on its invoice, and each such line is of a charge of that invoice",
    sql: `SELECT charges.id FROM charges JOIN invoices ON invoices.id = invoice_id
          WHERE NOT lines @> jsonb_build_array(jsonb_build_object(
            'charge', charges.id, 'quantity', quantity, 'amount_minor', charges.amount_minor))
          UNION
          SELECT invoices.id FROM invoices, jsonb_array_elements(lines) AS line
          WHERE jsonb_array_length(lines) > 1 AND line ->> 'charge' IS NOT NULL AND NOT EXISTS (
            SELECT FROM charges
            WHERE charges.id = (line ->> 'charge')::uuid AND invoice_id = invoices.id)`,
  },
  {
    check: "amounts_add_up",
    says: "total = subtotal − discount + tax (inclusive tax lies within), and no part is negative",
    sql: `SELECT id FROM invoices
          WHERE amount_minor <> subtotal_minor - discount_minor
                              + CASE WHEN tax_inclusive THEN 0 ELSE tax_minor END
             OR least(subtotal_minor, discount_minor, tax_minor, amount_minor,
                      credited_minor, balance_applied_minor, paid_minor, due_minor) < 0`,
  },
  {
    check: "states_tell_the_truth",
    says:
      "an invoice is paid if, and only if, nothing is due and it has paid_at; " +
      "one of amount 0 is paid without a payment",
    sql: `SELECT id FROM invoices
          WHERE (status = 'paid') <> (paid_at IS NOT NULL) OR (status = 'paid') <> (due_minor = 0)
             OR (payment_id IS NOT NULL AND status <> 'paid')
             OR (amount_minor = 0 AND (status <> 'paid' OR payment_id IS NOT NULL))`,
  },
];
