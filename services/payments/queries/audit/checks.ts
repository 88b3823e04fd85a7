import type { AuditCheck } from "../../../../shared/service/audit/checks";

/** What must always hold in the payments schema. */
export const PAYMENTS_CHECKS: AuditCheck[] = [
  {
    check: "one_live_payment",
    says: "no invoice has two payments that are open or have succeeded",
    sql: `SELECT invoice_id AS id FROM payments WHERE status IN ('open', 'succeeded')
          GROUP BY invoice_id HAVING count(*) > 1`,
  },
  {
    check: "succeeded_on_stripes_word",
    says: "every succeeded payment has an intent and a settlement time",
    sql: `SELECT id FROM payments
          WHERE status = 'succeeded' AND (stripe_payment_intent_id IS NULL OR settled_at IS NULL)`,
  },
  {
    // Stripe's total counts some kinds of pending refunds and not others. The newest refunds may still be
    // arriving.
    check: "refunds_add_up",
    says: "a payment's refunded amount is the sum of its refunds, and not more than was paid",
    sql: `SELECT id FROM payments
          LEFT JOIN (
            SELECT payment_id, sum(amount_minor) FILTER (WHERE status = 'succeeded') AS done,
                   sum(amount_minor) FILTER (WHERE status NOT IN ('failed', 'canceled')) AS possible,
                   max(created_at) AS latest
            FROM refunds GROUP BY payment_id
          ) AS refund ON payment_id = payments.id
          WHERE (refunded_minor > 0 OR payment_id IS NOT NULL)
            AND (refunded_minor NOT BETWEEN coalesce(done, 0) AND coalesce(possible, 0)
                 OR refunded_minor > amount_minor)
            AND (latest IS NULL OR latest < now() - interval '10 minutes')`,
  },
  {
    check: "nothing_contradicted",
    says: "every intent that succeeded at Stripe matches its payment",
    sql: "SELECT id FROM payments WHERE status = 'open' AND last_error_code = 'contradicted'",
  },
  {
    check: "live_intents_exist",
    says: "Stripe knows the live intent of every open payment",
    sql: "SELECT id FROM payments WHERE status = 'open' AND last_error_code = 'intent_missing'",
  },
  {
    check: "successes_booked",
    says: "every success of ours at Stripe is a payment in the books",
    sql: "SELECT id FROM unbooked_payments WHERE resolved_at IS NULL",
  },
  {
    check: "webhooks_acted_on",
    says: "no webhook has been unprocessed for more than ten minutes",
    work: true,
    sql: `SELECT id FROM stripe_events
          WHERE processed_at IS NULL AND received_at < now() - interval '10 minutes'`,
  },
];
