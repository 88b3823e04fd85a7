import type { PayloadOf } from "../../../shared/contracts";
import { insertSelect } from "../../../shared/db/columns";
import type { Knex } from "../../../shared/db/open-database";
import { lastOfEach } from "../../../shared/events/last-of-each";

/** What each column of a new billable gets from the event `subscription.created`. */
const NEW_BILLABLE = {
  subscription_id: "id",
  customer_id: "customer",
  plan_id: "plan",
  subscribed_at: "subscribed_at",
  subscribed_on: "created_on",
  anchor: "anchor",
  step: `interval_count * ('1 ' || "interval")::interval`,
  end_date: "end_date",
  metadata: "coalesce(metadata, '{}')",
  itemised: "jsonb_array_length(coalesce(items, '[]')) > 0",
  next_start: "CASE WHEN end_date IS NULL OR anchor < end_date THEN anchor END",
  bill_at_once_on: `CASE WHEN anchor <= created_on AND (end_date IS NULL OR anchor < end_date)
    THEN created_on END`,
};

/**
 * Writes the billables of new subscriptions, with their items. The first period starts when the trial is
 * over; it is billed at once if it has started by the day of subscribing.
 */
export async function insertBillables(
  trx: Knex.Transaction,
  created: PayloadOf<"subscription.created">[],
): Promise<void> {
  await trx.raw(
    `${insertSelect("billables", NEW_BILLABLE)}
     FROM jsonb_to_recordset(?::jsonb) AS created(
       id uuid, customer uuid, plan uuid, subscribed_at timestamptz, start_date date, trial_days integer,
       end_date date, created_on date, "interval" text, interval_count integer,
       metadata jsonb, items jsonb
     ), LATERAL (SELECT start_date + trial_days AS anchor) AS first_period
     ON CONFLICT (subscription_id) DO NOTHING`,
    [JSON.stringify(created)],
  );
  const items = created.flatMap(({ id, plan, start_date, items: chosen = [] }) =>
    chosen.map((item) => ({ ...item, subscription_id: id, plan_id: plan, days: `[${start_date},)` })),
  );
  await trx.raw(
    `INSERT INTO items (subscription_id, item, plan_id, quantity, days)
     SELECT subscription_id, item, plan_id, quantity, days
     FROM jsonb_to_recordset(?::jsonb)
       AS chosen(subscription_id uuid, item text, plan_id uuid, quantity integer, days daterange)
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(items)],
  );
}

/** Replaces the metadata of billables; of several changes to one the last counts. */
export async function setMetadata(
  trx: Knex.Transaction,
  changes: readonly { id: string; metadata: Record<string, string> }[],
): Promise<void> {
  const latest = lastOfEach(changes);
  await trx.raw(
    `UPDATE billables SET metadata = changed.metadata
     FROM jsonb_to_recordset(?::jsonb) AS changed(id uuid, metadata jsonb)
     WHERE subscription_id = changed.id`,
    [JSON.stringify(latest)],
  );
}

/**
 * Ends the billables of subscriptions that were cancelled or have expired: no period that starts on or after
 * the end is billed.
 */
export async function endBillables(
  trx: Knex.Transaction,
  ended: { id: string; end_date: string }[],
): Promise<void> {
  await trx.raw(
    `UPDATE billables AS billable
     SET end_date = ended.end_date,
         next_start = CASE WHEN next_start < ended.end_date THEN next_start END,
         bill_at_once_on = CASE WHEN next_start < ended.end_date THEN bill_at_once_on END
     FROM (
       SELECT id, min(end_date) AS end_date
       FROM jsonb_to_recordset(?::jsonb) AS ended(id uuid, end_date date) GROUP BY id
     ) AS ended
     WHERE subscription_id = ended.id AND (billable.end_date IS NULL OR ended.end_date < billable.end_date)`,
    [JSON.stringify(ended)],
  );
}
