import type { Knex } from "../../../shared/db/open-database";
import { firstDay, lastsUntil, noPrice, priced } from "./due-periods";

/** Where a pass over the due billables stands; the next page starts after it. */
export interface PassPosition {
  start: string;
  subscriptionId: string;
}

/** Which billables a page claims, and up to which day (column `as_of`) each is to be billed. */
export type Claim =
  | { kind: "due"; asOf: string; after: PassPosition; limit: number }
  | { kind: "new"; limit: number }
  | { kind: "one"; asOf: string; subscriptionId: string };

/** What a page did. `last` is where the pass stands now, null when nothing was claimed. */
export interface BilledPage {
  claimed: number;
  issued: number;
  parked: number;
  last: PassPosition | null;
}

interface BillingTerms {
  /** IANA zone in which days begin */
  zone: string;
  /** days from issue to due date */
  dueDays: number;
  runId: string | null;
}

/** The first day of the period after the one that is being billed. */
const AFTER_THIS = firstDay("next_index + 1");

const CLAIMS: Record<Claim["kind"], string> = {
  due: `SELECT *, (:asOf)::date AS as_of FROM billables
        WHERE next_start <= (:asOf)::date AND parked_error IS NULL
          AND (next_start, subscription_id) > ((:afterStart)::date, (:afterId)::uuid)
        ORDER BY next_start, subscription_id LIMIT :limit FOR UPDATE SKIP LOCKED`,
  new: `SELECT *, bill_at_once_on AS as_of FROM billables
        WHERE bill_at_once_on IS NOT NULL AND next_start <= bill_at_once_on AND parked_error IS NULL
        ORDER BY subscription_id LIMIT :limit FOR UPDATE SKIP LOCKED`,
  one: `SELECT *, (:asOf)::date AS as_of FROM billables
        WHERE subscription_id = :subscriptionId AND next_start <= (:asOf)::date AND parked_error IS NULL
        FOR UPDATE SKIP LOCKED`,
};

/**
 * Issues one invoice for each of a page of billables: claims them, finds the price in force, takes gapless
 * numbers, writes invoices, lines and outbox rows, and moves the billables on, all in one statement and so in
 * one transaction.
 *
 * The price is the one in force when the period starts, or when the customer subscribed if that was later. A
 * billable without one is parked. `SKIP LOCKED` lets runs overlap; a row that another run has billed
 * meanwhile fails the claim's conditions when Postgres checks them again on the locked row. The counter's row
 * is locked until the commit: that is what gapless costs.
 *
 * An invoice's id is its customer's capability to pay and so is random; a page's ids are sorted, that its
 * invoices, their lines and the lines' foreign keys go through their indexes in one direction. What a
 * neighbour's id could be is narrowed from 122 bits to 110.
 *
 * Time per invoice, pages in turn on books of up to 100,000 (two cores, fsync on), ids as they came and pages
 * of 2000 being 1: ids sorted 0.95, in pages of 3000 0.92, of 5000 0.89 to 0.91, of 10,000 0.89, which would
 * hold the counter longer for nothing. No difference: payload glued as text, events not sorted, one
 * materialization fewer. With the billables joined to the page that moves them on 1.1; without the constraint
 * that periods do not overlap 0.77 and without the lines' foreign key 0.86: both were kept, the books are
 * worth it. For prices see due-periods.ts. Two pages at once, the second moving its billables on while the
 * first writes invoices, had 0.93 of the time of one and would take the second processor: not worth it.
 * @throws database errors of classes 22 and 23 when a billable of the page cannot be billed; nothing is then
 *   written
 */
export async function billPage(
  db: Knex,
  claim: Claim,
  { zone, dueDays, runId }: BillingTerms,
): Promise<BilledPage> {
  const { rows } = await db.raw<{ rows: BilledPageRow[] }>(statement(claim.kind), {
    zone,
    dueDays,
    runId,
    ...bindingsOf(claim),
  });
  const [row] = rows;
  if (row === undefined) throw new Error("a page of the billing run came back empty");
  const { claimed, issued, parked, last_start, last_id } = row;
  return {
    claimed,
    issued,
    parked,
    last: last_start === null || last_id === null ? null : { start: last_start, subscriptionId: last_id },
  };
}

interface BilledPageRow {
  claimed: number;
  issued: number;
  parked: number;
  last_start: string | null;
  last_id: string | null;
}

function bindingsOf(claim: Claim): Record<string, string | number> {
  switch (claim.kind) {
    case "due":
      return {
        asOf: claim.asOf,
        afterStart: claim.after.start,
        afterId: claim.after.subscriptionId,
        limit: claim.limit,
      };
    case "new":
      return { limit: claim.limit };
    case "one":
      return { asOf: claim.asOf, subscriptionId: claim.subscriptionId };
  }
}

function statement(kind: Claim["kind"]): string {
  return `
WITH claimed AS MATERIALIZED (${CLAIMS[kind]}),
priced AS MATERIALIZED (${priced("claimed", { onlyItsPlans: true })}),
ranked AS MATERIALIZED (
  SELECT row_number() OVER (ORDER BY next_start, subscription_id) AS rank, *
  FROM priced WHERE amount_minor IS NOT NULL
),
payable AS MATERIALIZED (
  SELECT (ARRAY(SELECT gen_random_uuid() AS id FROM ranked ORDER BY id))[rank] AS id, * FROM ranked
),
counter AS (
  UPDATE invoice_counter SET last_sequence = last_sequence + (SELECT count(*) FROM payable)
  WHERE EXISTS (SELECT FROM payable)
  RETURNING last_sequence - (SELECT count(*) FROM payable) AS base
),
issued AS (
  INSERT INTO invoices (id, sequence, subscription_id, user_id, plan_id, period_index, period_start, period_end, amount_minor,
                        currency, price_effective_from, issue_date, due_date, status, paid_at, run_id)
  SELECT id, base + rank, subscription_id, user_id, plan_id, next_index, next_start, next_end, amount_minor,
         currency, effective_from, as_of, as_of + (:dueDays)::integer,
         CASE WHEN amount_minor = 0 THEN 'paid' ELSE 'pending' END,
         CASE WHEN amount_minor = 0 THEN as_of::timestamp AT TIME ZONE :zone END, (:runId)::uuid
  FROM payable, counter
  RETURNING id, sequence, number, subscription_id, user_id, plan_id, period_start, period_end, amount_minor, currency,
            issue_date, due_date, status
),
lines AS (
  INSERT INTO invoice_lines (invoice_id, position, description, quantity, unit_amount_minor, amount_minor)
  SELECT payable.id, 1, coalesce(plans.name, 'Subscription') || ', ' || next_start || ' to ' || (next_end - 1),
         1, amount_minor, amount_minor
  FROM payable LEFT JOIN plans ON plans.id = payable.plan_id
),
events AS (
  INSERT INTO outbox (type, subject_id, payload)
  SELECT 'invoice.issued', id, jsonb_build_object(
    'id', id, 'number', number, 'subscription_id', subscription_id, 'user_id', user_id, 'plan_id', plan_id,
    'period_start', period_start, 'period_end', period_end, 'amount_minor', amount_minor, 'currency', currency,
    'issue_date', issue_date, 'due_date', due_date, 'status', status)
  FROM issued ORDER BY sequence
),
moved AS (
  UPDATE billables
  SET next_index = next_index + 1,
      next_start = CASE WHEN ${lastsUntil(AFTER_THIS, "billables")} THEN ${AFTER_THIS} END,
      bill_at_once_on = CASE WHEN ${AFTER_THIS} <= bill_at_once_on THEN bill_at_once_on END
  WHERE subscription_id = ANY (ARRAY(SELECT subscription_id FROM payable))
),
parked AS (
  UPDATE billables AS billable
  SET parked_error = ${noPrice("billable")}, parked_at = now(),
      bill_at_once_on = NULL
  FROM priced WHERE billable.subscription_id = priced.subscription_id AND priced.amount_minor IS NULL
),
tally AS (
  SELECT count(*) AS claimed, count(amount_minor) AS issued FROM priced
),
progress AS (
  UPDATE billing_runs
  SET heartbeat_at = now(), counts = counts || jsonb_build_object(
    'issued', coalesce((counts->>'issued')::bigint, 0) + tally.issued,
    'parked', coalesce((counts->>'parked')::bigint, 0) + tally.claimed - tally.issued)
  FROM tally WHERE billing_runs.id = (:runId)::uuid
)
SELECT tally.claimed, tally.issued, tally.claimed - tally.issued AS parked, last.next_start AS last_start,
       last.subscription_id AS last_id
FROM tally LEFT JOIN (
  SELECT next_start, subscription_id FROM priced ORDER BY next_start DESC, subscription_id DESC LIMIT 1
) AS last ON true`;
}
