import type Stripe from "stripe";
import { unbookedPayment, type Resolution, type UnbookedPayment } from "../../../shared/contracts/payments";
import { selectList } from "../../../shared/db/columns";
import type { Knex } from "../../../shared/db/open-database";

const LISTED = 1_000;

/** Records an intent that has succeeded and that no payment stands for; the first reason stays. */
export async function recordUnbooked(
  db: Knex,
  intent: Stripe.PaymentIntent,
  invoiceId: string | null,
  reason: string,
): Promise<void> {
  await db.raw(
    `INSERT INTO unbooked_payments
       (stripe_payment_intent_id, invoice_id, stripe_amount, currency, livemode, reason)
     VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (stripe_payment_intent_id) DO NOTHING`,
    [intent.id, invoiceId, intent.amount_received, intent.currency, intent.livemode, reason],
  );
}

/** The oldest ones that nobody has decided about, at most 1000. */
export async function listUnbooked(db: Knex): Promise<UnbookedPayment[]> {
  const { rows } = await db.raw<{ rows: UnbookedPayment[] }>(
    `SELECT ${selectList(unbookedPayment)} FROM unbooked_payments
     WHERE resolved_at IS NULL ORDER BY id LIMIT ?`,
    [LISTED],
  );
  return rows;
}

/** One of them by its id or its intent's, decided about or not. */
export async function findUnbooked(
  db: Knex,
  by: { id: string } | { stripe_payment_intent_id: string },
): Promise<(UnbookedPayment & { resolution: Resolution | null }) | undefined> {
  const [[column, value] = ["id", ""]] = Object.entries(by);
  const { rows } = await db.raw<{ rows: (UnbookedPayment & { resolution: Resolution | null })[] }>(
    `SELECT ${selectList(unbookedPayment)}, resolution FROM unbooked_payments WHERE ?? = ?`,
    [column, value],
  );
  return rows[0];
}

/** Records the decision, unless there is one. @returns whether it did */
export async function resolveUnbooked(db: Knex, id: string, resolution: Resolution): Promise<boolean> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    "UPDATE unbooked_payments SET resolution = ?, resolved_at = now() WHERE id = ? AND resolved_at IS NULL",
    [resolution, id],
  );
  return rowCount === 1;
}
