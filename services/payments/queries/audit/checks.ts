import type { AuditCheck } from "../../../../shared/service/audit/checks";

/** The rules that the books of payments must keep by themselves. */
export const PAYMENTS_CHECKS: AuditCheck[] = [
  {
    check: "one_live_payment",
    says: "no invoice has two payments that are open or have succeeded",
    sql: `SELECT invoice_id AS id FROM payments WHERE status IN ('open', 'succeeded')
          GROUP BY invoice_id HAVING count(*) > 1`,
  },
  {
    check: "succeeded_on_stripes_word",
    says: "every succeeded payment names its intent and when it was settled",
    sql: `SELECT id FROM payments
          WHERE status = 'succeeded' AND (stripe_payment_intent_id IS NULL OR settled_at IS NULL)`,
  },
  {
    // Whether Stripe's total counts a refund under way depends on its kind; the newest ones may still be
    // coming in.
    check: "refunds_add_up",
    says: "what went back of a payment is what its refunds add up to, and no more than was paid",
    sql: `SELECT id FROM payments
          LEFT JOIN (
            SELECT payment_id, sum(amount_minor) FILTER (WHERE status = 'succeeded') AS gone,
                   sum(amount_minor) FILTER (WHERE status NOT IN ('failed', 'canceled')) AS going,
                   max(created_at) AS latest
            FROM refunds GROUP BY payment_id
          ) AS refund ON payment_id = payments.id
          WHERE (refunded_minor > 0 OR payment_id IS NOT NULL)
            AND (refunded_minor NOT BETWEEN coalesce(gone, 0) AND coalesce(going, 0) OR refunded_minor > amount_minor)
            AND (latest IS NULL OR latest < now() - interval '10 minutes')`,
  },
  {
    check: "nothing_contradicted",
    says: "no success at Stripe contradicts the payment that it claims to be",
    sql: "SELECT id FROM payments WHERE status = 'open' AND last_error_code = 'contradicted'",
  },
  {
    check: "webhooks_acted_on",
    says: "no webhook waits to be acted on for more than ten minutes",
    sql: "SELECT id FROM stripe_events WHERE processed_at IS NULL AND received_at < now() - interval '10 minutes'",
  },
];
