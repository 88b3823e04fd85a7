import { DEFAULT_PRODUCT, type Features } from "../../../shared/contracts/catalog";
import type { Entitlements } from "../../../shared/contracts/subscriptions";
import type { Knex } from "../../../shared/db/open-database";
import type { Pipeline, PreparedStatement } from "../../../shared/db/pipeline";
import { appendEvents } from "../../../shared/events/outbox";
import { addDays, type IsoDate } from "../../../shared/time";
import type { Subscription } from "../models/subscription";

/** What of a subscription decides what its customer may do. */
type Covering = Pick<
  Subscription,
  "customer_id" | "product" | "plan_id" | "start_date" | "end_date" | "trial_days"
>;

/** The subscription that covers a day, with the features of its plan: $1 customer, $2 product, $3 day. */
export const COVERING: PreparedStatement = {
  name: "covering",
  sql: `SELECT customer_id, product, plan_id, start_date, end_date, trial_days,
               coalesce(features, '{}') AS features
        FROM subscriptions LEFT JOIN plans ON plans.id = plan_id
        WHERE customer_id = $1 AND product = $2 AND status = 'active'
          AND start_date <= $3 AND (end_date IS NULL OR end_date > $3)`,
};

/** Reads the subscription that covers a day; undefined when none does. */
export async function readCovering(
  reads: Pipeline,
  customerId: string,
  product: string,
  today: IsoDate,
): Promise<(Covering & { features: Features }) | undefined> {
  const [found] = await reads.query<Covering & { features: Features }>(COVERING, [
    customerId,
    product,
    today,
  ]);
  return found;
}

/** What a subscription that covers a day means for its customer, without the features. */
export function coveredBy(
  { customer_id, product, plan_id, start_date, end_date, trial_days }: Covering,
  today: IsoDate,
): Omit<Entitlements, "features"> {
  const isTrial = trial_days > 0 && today < addDays(start_date, trial_days);
  const status = isTrial ? "trialing" : "active";
  return { customer: customer_id, product, status, plan: plan_id, until: end_date };
}

/** What no subscription means. */
export function uncovered(customer: string, product = DEFAULT_PRODUCT): Omit<Entitlements, "features"> {
  return { customer, product, status: "none", plan: null, until: null };
}

/** Tells that entitlements are others now. */
export function tellEntitlements(
  trx: Knex.Transaction,
  changed: readonly Omit<Entitlements, "features">[],
): Promise<void> {
  return appendEvents<"subscriptions">(
    trx,
    changed.map((payload) => ({ type: "entitlements.changed", subject_id: payload.customer, payload })),
  );
}

/** Tells of the subscriptions that begin by a day and have not been told of. */
export async function tellBeginnings(trx: Knex.Transaction, asOf: IsoDate): Promise<void> {
  const { rows } = await trx.raw<{ rows: Covering[] }>(
    `UPDATE subscriptions SET begun = true
     WHERE NOT begun AND status = 'active' AND start_date <= :asOf RETURNING *`,
    { asOf },
  );
  await tellEntitlements(
    trx,
    rows.map((each) => coveredBy(each, asOf)),
  );
}
