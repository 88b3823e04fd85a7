import type { Database } from "./database";

/** The first day that the bench bills. It is in the far future, so that cron does not bill it by itself. */
export const FIRST_DAY = "2090-01-01";

const PLANS = [
  "019b0000-0000-7000-8000-000000000001",
  "019b0000-0000-7000-8000-000000000002",
  "019b0000-0000-7000-8000-000000000003",
];

/** Writes three plans with prices, as invoicing's projection of the catalog. */
export async function writePlans(db: Database): Promise<void> {
  await db.query(
    `INSERT INTO invoicing.plans (id, name) SELECT id, 'Plan ' || id FROM unnest($1::uuid[]) AS id`,
    [PLANS],
  );
  await db.query(
    `INSERT INTO invoicing.plan_prices (plan_id, effective_from, amount_minor, currency, from_day)
     SELECT id, '2020-01-01', 49900, 'usd', '2020-01-01' FROM unnest($1::uuid[]) AS id`,
    [PLANS],
  );
}

/**
 * Writes customers with one subscription each, as the projections of invoicing and notifications.
 * @param dueOn SQL for the day on which subscription `n` (from 1) is due next
 */
export async function writeBillables(db: Database, count: number, dueOn: string): Promise<void> {
  await db.query(
    `INSERT INTO invoicing.billables
       (subscription_id, customer_id, plan_id, subscribed_at, subscribed_on, anchor, step, next_start)
     SELECT uuidv7(), uuidv7(), ($1::uuid[])[1 + n % 3], '2020-02-01', '2020-02-01', due, '1 month', due
     FROM generate_series(1, ${count}) AS n, LATERAL (SELECT (${dueOn})::date AS due) AS day
     ORDER BY n`,
    [PLANS],
  );
  await db.query(
    `INSERT INTO notifications.customers (id, name, email, is_open)
     SELECT customer_id, 'customer-' || customer_id, customer_id || '@example.com', true
     FROM invoicing.billables ORDER BY customer_id`,
  );
  await db.query(
    `INSERT INTO invoicing.customers (id, bill_to)
     SELECT id, jsonb_build_object('name', name, 'email', email, 'address', NULL, 'vat_id', NULL)
     FROM notifications.customers ORDER BY id`,
  );
  await vacuum(db);
}

/**
 * Gives every nth subscription some items besides its plan's price, two of each.
 * @param every 10 for a tenth of them
 * @param count how many items each of them gets
 */
export async function writeItems(db: Database, every: number, count: number): Promise<void> {
  await db.query(
    `INSERT INTO invoicing.components (plan_id, item, description, position)
     SELECT id, 'item-' || n, 'Item ' || n, n
     FROM unnest($1::uuid[]) AS id, generate_series(1, $2::integer) AS n`,
    [PLANS, count],
  );
  await db.query(
    `INSERT INTO invoicing.plan_prices (plan_id, item, effective_from, amount_minor, currency, from_day)
     SELECT plan_id, item, '2020-01-01', 999, 'usd', '2020-01-01' FROM invoicing.components`,
  );
  await db.query(
    `WITH chosen AS (
       UPDATE invoicing.billables SET itemised = true
       WHERE subscription_id IN (
         SELECT subscription_id FROM (
           SELECT subscription_id, row_number() OVER (ORDER BY subscription_id) AS n FROM invoicing.billables
         ) AS numbered WHERE n % $1 = 0
       ) RETURNING subscription_id, plan_id
     )
     INSERT INTO invoicing.items (subscription_id, item, plan_id, quantity, days)
     SELECT subscription_id, item, plan_id, 2, '[2020-01-01,)'
     FROM chosen JOIN invoicing.components USING (plan_id)`,
    [every],
  );
  await vacuum(db);
}

/** Does what autovacuum would have done by the time that there are so many rows. */
export async function vacuum(db: Database): Promise<void> {
  await db.query("VACUUM (FREEZE, ANALYZE)");
}

/** The day `months` after another. */
export async function monthsAfter(db: Database, day: string, months: number): Promise<string> {
  const [row] = await db.query<{ day: string }>(
    "SELECT ($1::date + $2 * interval '1 month')::date::text AS day",
    [day, months],
  );
  if (row === undefined) throw new Error("Postgres returned no day");
  return row.day;
}
