import { previewedInvoice, type PreviewedInvoice } from "../../../shared/contracts/invoicing";
import { selectList } from "../../../shared/db/columns";
import type { Knex } from "../../../shared/db/open-database";
import { inSnapshot } from "../../../shared/db/transaction";
import type { PreviewTally } from "../domain/billing-preview";
import { DUE, firstDay, missedBeside, noPrice, priced, swept, TERMS } from "./due-periods";

/** Adding up a million invoices takes some seconds, and longer on a busy machine. */
const LIMITS = { statement_timeout: "60s" };

/** What is previewed: everything due up to a day. */
export interface PreviewOptions {
  asOf: string;
}

/** A period that is due. One that cannot be billed has a `reason`, and no amount. */
export interface PreviewedPeriod extends Omit<PreviewedInvoice, "amount_minor" | "currency"> {
  amount_minor: number | null;
  currency: string | null;
  /** the period's number, from 0 */
  index: number;
  reason: string | null;
}

const COLUMNS = selectList(previewedInvoice, {
  subscription: "previewed.subscription_id",
  customer: "previewed.customer_id",
  plan: "previewed.plan_id",
  period_start: "next_start",
  period_end: "next_end",
  amount_minor: "previewed.amount_minor",
  currency: "previewed.currency",
  previous_minor: "last.amount_minor",
});

/** Runs `work`, which only reads a preview, on one snapshot of the data. */
export function onSnapshot<T>(db: Knex, work: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  return inSnapshot(db, LIMITS, work);
}

/**
 * The periods that a run would bill for some of the billables: the one that its first pass would claim, and
 * those of later passes unless the first one cannot be billed, with the charges that wait. A billable that
 * was parked by a constraint is checked for those that can still be violated: a period is billed once, and
 * follows from the anchor.
 */
const previewed = (billables: string): string => `
WITH due AS (SELECT *, next_index AS first_index FROM ${billables} AS billables WHERE ${DUE}),
first AS NOT MATERIALIZED (
  SELECT *, CASE
    WHEN amount_minor IS NULL THEN ${noPrice("first")}
    WHEN parked_error IS NOT NULL AND EXISTS (
      SELECT FROM invoices WHERE invoices.subscription_id = first.subscription_id
        AND period_index = next_index
    ) THEN 'an invoice of this period exists'
    WHEN parked_error IS NOT NULL AND next_start <> ${firstDay("next_index")}
      THEN 'its next period does not follow from its first day'
  END AS reason
  FROM (${priced("due")}) AS first
),
billed AS NOT MATERIALIZED (SELECT * FROM first WHERE reason IS NULL),
missed AS (${missedBeside("billed")}),
periods AS (
  SELECT ${TERMS}, next_index, next_start, next_end, amount_minor, currency, reason FROM first
  UNION ALL
  SELECT ${TERMS}, next_index, next_start, next_end, amount_minor, currency, NULL
  FROM (${priced("missed")}) AS missed
),
waiting AS (SELECT * FROM charges WHERE invoice_id IS NULL),
charged AS (
  SELECT *, next_index AS first_index FROM billables
  WHERE ${DUE} AND customer_id IN (SELECT customer_id FROM waiting)
),
previewed AS (
  SELECT ${TERMS}, next_index, next_start, next_end, currency, reason,
         CASE WHEN reason IS NULL THEN amount_minor + coalesce(charges_minor, 0) END AS amount_minor
  FROM periods LEFT JOIN (${swept(`(${priced("charged")})`, "waiting")}) AS extra
    USING (subscription_id, next_index)
)`;

const LAST_BILLED = `
  LEFT JOIN invoices AS last
  ON last.subscription_id = previewed.subscription_id AND last.period_index = first_index - 1`;

/**
 * What a run would issue by plan and currency, and what it could not by reason. What was last billed counts
 * once for each subscription.
 */
export async function tallyPreview(db: Knex, options: PreviewOptions): Promise<PreviewTally[]> {
  const { rows } = await db.raw<{ rows: PreviewTally[] }>(
    `${previewed("billables")},
     tally AS (
       SELECT previewed.plan_id, previewed.currency, reason, count(*) AS count,
              coalesce(sum(previewed.amount_minor), 0)::bigint AS amount_minor,
              coalesce(sum(last.amount_minor) FILTER (WHERE next_index = first_index), 0)::bigint
                AS previous_minor
       FROM previewed ${LAST_BILLED}
       GROUP BY previewed.plan_id, previewed.currency, reason
     )
     SELECT plan_id AS plan, name AS plan_name, currency, reason, count, amount_minor, previous_minor
     FROM tally LEFT JOIN plans ON plans.id = plan_id
     ORDER BY currency, name, plan_id, reason`,
    { ...options },
  );
  return rows;
}

/** At most `limit` periods that are due, after a position, in the order of subscriptions and periods. */
export async function listPreviewed(
  db: Knex,
  {
    after,
    limit,
    ...options
  }: PreviewOptions & { after: { subscriptionId: string; index: number }; limit: number },
): Promise<PreviewedPeriod[]> {
  const billablesFrom = `(
    SELECT * FROM billables WHERE ${DUE} AND subscription_id >= (:subscriptionId)::uuid
    ORDER BY subscription_id LIMIT (:limit)::integer + 1
  )`;
  const { rows } = await db.raw<{ rows: PreviewedPeriod[] }>(
    `${previewed(billablesFrom)}
     SELECT ${COLUMNS}, next_index AS index, reason
     FROM previewed ${LAST_BILLED}
     WHERE (previewed.subscription_id, next_index) > ((:subscriptionId)::uuid, (:index)::integer)
     ORDER BY previewed.subscription_id, next_index LIMIT :limit`,
    { ...options, ...after, limit },
  );
  return rows;
}

/** Whether the first period of any subscription has started by a day. */
export async function hasAnyPeriodStarted(db: Knex, asOf: string): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { started: boolean }[] }>(
    "SELECT EXISTS (SELECT FROM billables WHERE anchor <= ?::date) AS started",
    [asOf],
  );
  return rows[0]?.started === true;
}
