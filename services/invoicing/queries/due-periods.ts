/**
 * What is due and what it costs, in SQL: the billing run and its preview share it. Everywhere :asOf is the
 * day up to which periods are billed.
 */
import { BASE_ITEM } from "../../../shared/contracts/catalog";
import { jsonObject } from "../../../shared/db/columns";
import type { StoredLine } from "../models/invoice";

/** Why a billable without a price is parked. */
export const noPrice = (billable: string): string =>
  `'plan ' || ${billable}.plan_id || ' has no price that was in force by then'`;

/** The billables that are due, parked ones too. In this form Postgres uses an index for each half. */
export const DUE = "next_start <= (:asOf)::date AND (parked_error IS NULL OR parked_error IS NOT NULL)";

/** The first day of a period, by its number. */
export const firstDay = (index: string): string => `(anchor + (${index}) * step)::date`;

/** Whether a period starts before the end of the subscription. */
export const lastsUntil = (start: string, billable: string): string =>
  `(${billable}.end_date IS NULL OR ${start} < ${billable}.end_date)`;

/** SQL of the lines of a period's items besides the plan's own price. */
const ITEM_LINE: Record<Exclude<keyof StoredLine, "charge">, string> = {
  item: "items.item",
  description: "coalesce(components.description, items.item)",
  quantity: "quantity",
  unit_amount_minor: "unit.amount_minor",
  amount_minor: "quantity * unit.amount_minor",
  price_from: "unit.effective_from",
};

/** What the items of a period cost, and their lines; an item of quantity 0 has none. */
const itemsOf = (due: string): string => `
  SELECT CASE WHEN count(*) = count(unit.amount_minor) THEN sum(quantity * unit.amount_minor)::bigint END
           AS items_minor,
         jsonb_agg(${jsonObject(ITEM_LINE)} ORDER BY position, items.item) FILTER (WHERE quantity > 0)
           AS item_lines
  FROM items
  LEFT JOIN components ON components.plan_id = items.plan_id AND components.item = items.item
  LEFT JOIN LATERAL (
    SELECT amount_minor, effective_from FROM plan_prices
    WHERE plan_prices.plan_id = items.plan_id AND plan_prices.item = items.item
      AND CASE WHEN next_start > subscribed_on THEN from_day <= next_start
               ELSE effective_from <= subscribed_at END
    ORDER BY effective_from DESC LIMIT 1
  ) AS unit ON true
  WHERE itemised AND items.subscription_id = ${due}.subscription_id AND days @> next_start
  GROUP BY items.subscription_id`;

/**
 * Adds to each period its end, its price (`base_minor`), the lines of its items and what it costs together.
 * `amount_minor` is null where no price was in force. A period
 * that starts after the day of subscribing has the price of the start of its first day, and one that starts
 * earlier the price at the time of subscribing. Postgres compares days and instants here, and never converts
 * one to the other (see the migration).
 *
 * Prices are joined as ranges of time: 0.65 s of CPU for a million rows. A page reads the prices of its own
 * plans only.
 * - tried: a lookup for each row (LATERAL, ORDER BY effective_from DESC LIMIT 1): 2.5 s; the same for 1000
 *   rows
 * @param due a relation with the columns of billables, `next_index` and `next_start` being the period's
 * @param onlyItsPlans whether `due` has few rows and may be read twice
 */
export const priced = (due: string, { onlyItsPlans = false } = {}): string => `
  SELECT ${due}.*, ${firstDay("next_index + 1")} AS next_end,
         price.amount_minor AS base_minor, price.currency, price.effective_from, item_lines,
         CASE WHEN itemised THEN price.amount_minor + items_minor ELSE price.amount_minor END AS amount_minor
  FROM ${due} LEFT JOIN (
    SELECT plan_id, amount_minor, currency, effective_from,
           tstzrange(effective_from, lead(effective_from) OVER history) AS in_force,
           daterange(from_day, lead(from_day) OVER history) AS in_force_on
    FROM plan_prices
    WHERE item = '${BASE_ITEM}' ${onlyItsPlans ? `AND plan_id IN (SELECT plan_id FROM ${due})` : ""}
    WINDOW history AS (PARTITION BY plan_id ORDER BY effective_from)
  ) AS price
  ON price.plan_id = ${due}.plan_id
    AND CASE WHEN next_start > subscribed_on THEN in_force_on @> next_start
             ELSE in_force @> subscribed_at END
  LEFT JOIN LATERAL (${itemsOf(due)}) AS other ON true`;

const CHARGE_LINE: Record<Exclude<keyof StoredLine, "item" | "price_from">, string> = {
  charge: "waiting.id",
  description: "waiting.description",
  quantity: "waiting.quantity",
  unit_amount_minor: "waiting.unit_amount_minor",
  amount_minor: "waiting.amount_minor",
};

/**
 * The waiting charges, at the period whose invoice gets them: the customer's first one in their currency.
 * @param of a relation of periods with their prices
 * @param waiting a relation of charges
 */
export const swept = (of: string, waiting: string): string => `
  SELECT subscription_id, next_index, sum(waiting.amount_minor)::bigint AS charges_minor,
         array_agg(waiting.id) AS charge_ids,
         jsonb_agg(${jsonObject(CHARGE_LINE)} ORDER BY waiting.id) AS charge_lines
  FROM (
    SELECT DISTINCT ON (customer_id, currency) customer_id, currency, subscription_id, next_index
    FROM ${of} AS periods
    WHERE amount_minor IS NOT NULL AND customer_id IN (SELECT customer_id FROM ${waiting})
    ORDER BY customer_id, currency, next_start, subscription_id
  ) AS first JOIN ${waiting} AS waiting USING (customer_id, currency)
  GROUP BY subscription_id, next_index`;

/** The columns of a billable that decide which periods are due, and at which price. */
export const TERMS =
  "subscription_id, customer_id, plan_id, subscribed_at, subscribed_on, anchor, step, end_date, itemised, " +
  "first_index";

/**
 * The missed periods after the one that is due first, which a run bills in later passes. `next_index` and
 * `next_start` of the result are theirs.
 * The shortest month has 28 days and Postgres counts 30 to a month, so no period is shorter than 0.9 steps.
 * @param of a relation with a row per due billable, its TERMS, `next_index` and `next_start`
 */
export const missedBeside = (of: string): string => `
  SELECT ${TERMS}, n AS next_index, ${firstDay("n")} AS next_start
  FROM ${of}, generate_series(
    next_index + 1,
    next_index + ceil(((:asOf)::date - next_start) / (0.9 * date_part('epoch', step) / 86400))::integer
  ) AS n
  WHERE ${firstDay("next_index + 1")} <= (:asOf)::date
    AND ${firstDay("n")} <= (:asOf)::date AND ${lastsUntil(firstDay("n"), of)}`;
