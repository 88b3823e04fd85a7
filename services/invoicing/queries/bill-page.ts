import { BASE_ITEM } from "../../../shared/contracts/catalog";
import { insertSelect, jsonObject, type ColumnOf } from "../../../shared/db/columns";
import type { Knex } from "../../../shared/db/open-database";
import { startOfDay, type IsoInstant } from "../../../shared/time";
import type { Invoice, StoredLine } from "../models/invoice";
import { claimBillables, claimBindings, daysOfNew, type Claim, type PassPosition } from "./claims";
import { firstDay, lastsUntil, noPrice, priced, swept } from "./due-periods";

/** What a page did. `last` is the last billable that it claimed, null when there was none. */
export interface BilledPage {
  claimed: number;
  issued: number;
  parked: number;
  last: PassPosition | null;
}

interface BillingOptions {
  /** IANA zone in which days start */
  zone: string;
  /** days from issue to due date */
  dueDays: number;
  runId: string | null;
}

/** The first day of the period after the billed one. */
const AFTER_THIS = firstDay("next_index + 1");

/** SQL of an invoice's status when it is issued: one of amount 0 is paid at once. */
export const statusAtIssue = (amount: string): string =>
  `CASE WHEN ${amount} = 0 THEN 'paid' ELSE 'pending' END`;

/** The line of the plan's own price. */
const BASE_LINE: Record<Exclude<keyof StoredLine, "charge">, string> = {
  item: `'${BASE_ITEM}'`,
  description: "coalesce(plans.name, 'Subscription')",
  quantity: "1",
  unit_amount_minor: "base_minor",
  amount_minor: "base_minor",
  price_from: "effective_from",
};

/** The lines of an invoice's items. A plan that costs only by its items has no line of its own. */
const ITEM_LINES = `CASE
  WHEN item_lines IS NULL THEN jsonb_build_array(${jsonObject(BASE_LINE)})
  WHEN base_minor = 0 THEN item_lines
  ELSE jsonb_build_array(${jsonObject(BASE_LINE)}) || item_lines END`;

/** The columns that the database fills in, and those that are for what happens to an invoice later. */
type LaterColumn =
  | "number"
  | "discount_minor"
  | "tax_minor"
  | "tax_inclusive"
  | "credited_minor"
  | "balance_applied_minor"
  | "paid_minor"
  | "due_minor"
  | "payment_id"
  | "refunded_minor"
  | "disputed_at"
  | "created_at";

/** What each column of a new invoice gets. */
const NEW_INVOICE: Record<Exclude<ColumnOf<Invoice>, LaterColumn>, string> = {
  id: "uuidv7()",
  sequence: "base + rank",
  subscription_id: "subscription_id",
  customer_id: "customer_id",
  plan_id: "plan_id",
  period_index: "next_index",
  period_start: "next_start",
  period_end: "next_end",
  anchor: "anchor",
  step: "step",
  lines: `CASE WHEN charge_lines IS NULL THEN ${ITEM_LINES} ELSE ${ITEM_LINES} || charge_lines END`,
  subtotal_minor: "total_minor",
  amount_minor: "total_minor",
  currency: "currency",
  issue_date: "as_of",
  due_date: "as_of + (:dueDays)::integer",
  status: statusAtIssue("total_minor"),
  paid_at: `CASE WHEN total_minor = 0
    THEN coalesce(((:dayStarts)::jsonb ->> as_of::text)::timestamptz, subscribed_at) END`,
  run_id: "(:runId)::uuid",
  bill_to: "bill_to",
  metadata: "metadata",
};

/**
 * Bills a page of billables in one statement, and so in one transaction: claims them, finds the price in
 * force and the charges that wait, takes gapless numbers, writes invoices, lines and outbox rows, and moves
 * the billables to their next period. A billable without a price is parked.
 *
 * `SKIP LOCKED` lets runs overlap: Postgres checks the claim's condition again on the row that it has locked,
 * so a row that another run has billed meanwhile is left out. The counter's row is locked until the commit;
 * without that lock the numbers would have gaps.
 *
 * The id of an invoice lets whoever holds it pay, so 62 of its bits are random. It begins with the time, so
 * that a page writes its invoices to their index in one direction. The outbox rows have no payload: see
 * `ISSUED_PAYLOAD`.
 *
 * @throws database errors of classes 22 and 23 when a billable of the page cannot be billed; nothing is then
 *   written
 */
export async function billPage(
  db: Knex,
  claim: Claim,
  { zone, dueDays, runId }: BillingOptions,
): Promise<BilledPage> {
  const { rows } = await db.raw<{ rows: BilledPageRow[] }>(statement(claim.kind), {
    dayStarts: JSON.stringify(await dayStarts(db, claim, zone)),
    dueDays,
    runId,
    ...claimBindings(claim),
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

/** When the days up to which a claim bills start, by day. */
async function dayStarts(db: Knex, claim: Claim, zone: string): Promise<Record<string, IsoInstant>> {
  const days = claim.kind === "new" ? await daysOfNew(db) : [claim.asOf];
  return Object.fromEntries(days.map((day) => [day, startOfDay(day, zone)]));
}

interface BilledPageRow {
  claimed: number;
  issued: number;
  parked: number;
  last_start: string | null;
  last_id: string | null;
}

function statement(kind: Claim["kind"]): string {
  return `
WITH claimed AS MATERIALIZED (${claimBillables(kind)}),
priced AS MATERIALIZED (${priced("claimed", { onlyItsPlans: true })}),
waiting AS MATERIALIZED (
  SELECT * FROM charges WHERE invoice_id IS NULL AND customer_id IN (SELECT customer_id FROM priced)
  FOR UPDATE SKIP LOCKED
),
payable AS MATERIALIZED (
  SELECT row_number() OVER (ORDER BY next_start, subscription_id) AS rank, priced.*,
         amount_minor + coalesce(charges_minor, 0) AS total_minor, charge_lines, charge_ids
  FROM priced LEFT JOIN (${swept("priced", "waiting")}) AS extra USING (subscription_id, next_index)
  WHERE amount_minor IS NOT NULL
),
counter AS (
  UPDATE invoice_counter SET last_sequence = last_sequence + (SELECT count(*) FROM payable)
  WHERE EXISTS (SELECT FROM payable)
  RETURNING last_sequence - (SELECT count(*) FROM payable) AS base
),
issued AS (
  ${insertSelect("invoices", NEW_INVOICE)}
  FROM counter CROSS JOIN payable
  LEFT JOIN plans ON plans.id = plan_id
  LEFT JOIN (SELECT id AS billed_id, bill_to FROM customers) AS customer ON billed_id = customer_id
  ORDER BY rank
  RETURNING id, sequence
),
events AS (
  INSERT INTO outbox (type, subject_id) SELECT 'invoice.issued', id FROM issued ORDER BY sequence
),
charged AS (
  UPDATE charges SET invoice_id = issued.id
  FROM counter, payable, issued
  WHERE charge_ids IS NOT NULL AND issued.sequence = base + rank AND charges.id = ANY (charge_ids)
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
