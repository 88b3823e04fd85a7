import type { Call } from "../../../shared/contracts";
import { customersOf, seesAll, type Caller } from "../../../shared/service/caller";
import { BillingError, conflict, errorType, invalid, unavailable } from "../../../shared/errors";
import type { ActionHandler, ServiceEnv } from "../../../shared/service/service-env";
import { BASE_ITEM, DEFAULT_PRODUCT, type Plan } from "../../../shared/contracts/catalog";
import { violatedConstraint } from "../../../shared/db/transaction";
import { appendEvents } from "../../../shared/events/outbox";
import { dayOf } from "../../../shared/time";
import { wrongDate } from "../domain/dates";
import { itemsOf, wrongItems } from "../domain/items";
import { ShownSubscription, Subscription } from "../models/subscription";
import { SubscriptionItem } from "../models/subscription-item";
import { subscriptionEvent, viewSubscription } from "../models/subscription-view";
import { findCustomer, type Customer } from "../queries/customers";
import { coveredBy, tellEntitlements } from "../queries/entitlements";
import { expireSubscriptions } from "../queries/expire-subscriptions";

/** Longer, and a customer would wait; what is missed then is made good by a worker. */
const CATCH_UP_WITHIN_MS = 1_000;
/** A customer whom nobody knows yet may be seconds old: it is worth waiting for. */
const UNKNOWN_WITHIN_MS = 4_000;

/** Subscribes a customer to a plan on offer, on its current terms. */
export const createSubscription: ActionHandler<"subscriptions.createSubscription"> = async (env) => {
  const { params, caller, clock, call, transaction } = env;
  requireMayDescribe(caller, params.metadata);
  const customer_id = subscriberOf(caller, params.customer);
  const created_at = await clock.now();
  const today = dayOf(created_at, clock.zone);
  const { start_date = today, end_date } = params;
  const wrong = wrongDate({ start: start_date, end: end_date }, { today, mayBackdate: seesAll(caller) });
  if (wrong !== undefined) throw invalid(wrong);
  const { user_id } = await requireCustomer(env, customer_id, caller);
  await requireConfirmedEmail(env, customer_id, caller);
  const plan = await planOnOffer(call, params.plan);
  const wrongChoice = wrongItems(plan, params.items);
  if (wrongChoice !== undefined) throw invalid({ field: "items", message: wrongChoice });
  const items = itemsOf(plan, params.items);

  const created = await transaction(async (trx) => {
    // A subscription that has ended by today must not block this one, even if the event is still on its way.
    await expireSubscriptions(trx, today, customer_id);
    const subscription = await Subscription.query(trx)
      .insert({
        customer_id,
        plan_id: plan.id,
        start_date,
        end_date: end_date ?? null,
        ...termsOf(plan),
        metadata: params.metadata,
        begun: start_date <= today,
        created_on: today,
        created_at,
      })
      .returning("*");
    const stored = items.map((item) => ({
      ...item,
      subscription_id: subscription.id,
      plan_id: plan.id,
      days: `[${start_date},)`,
    }));
    if (stored.length > 0) await SubscriptionItem.query(trx).insert(stored);
    const payload = subscriptionEvent(subscription, items);
    await appendEvents<"subscriptions">(trx, [
      { type: "subscription.created", subject_id: subscription.id, payload },
    ]);
    if (subscription.begun) await tellEntitlements(trx, [coveredBy(subscription, today)]);
    return subscription;
  }).catch((error: unknown) => refuseSecond(error, plan.product));
  const all = [{ item: BASE_ITEM, quantity: 1 }, ...items.toSorted(byName)];
  return viewSubscription(Object.assign(new ShownSubscription(), created, { user_id, items: all }), today);
};

const byName = (one: { item: string }, other: { item: string }) => (one.item < other.item ? -1 : 1);

/** Metadata is the team's own. @throws BillingError 403 naming `metadata` */
function requireMayDescribe(caller: Caller, metadata: Record<string, string>): void {
  if (seesAll(caller) || Object.keys(metadata).length === 0) return;
  const message = "can only be set by staff";
  throw new BillingError(403, "request.forbidden", `metadata: ${message}`, [{ field: "metadata", message }]);
}

/**
 * The id of the customer to subscribe: the one that is named, or the only one of the caller.
 * @throws BillingError 400 naming `customer`
 */
function subscriberOf(caller: Caller, named: string | undefined): string {
  const own = customersOf(caller);
  if (named !== undefined) {
    if (own.includes(named) || seesAll(caller)) return named;
    throw invalid({ field: "customer", message: UNKNOWN });
  }
  const [only, ...others] = own;
  if (only === undefined) throw invalid({ field: "customer", message: "is required" });
  if (others.length > 0) throw invalid({ field: "customer", message: "must name one of your customers" });
  return only;
}

const UNKNOWN = "is not the id of a customer";

/**
 * Checks that the customer exists and is open. Identity's events are consumed first: one that was closed a
 * second ago counts as closed.
 * @throws BillingError 400 naming `customer`; 503 for one that only identity, which is away, can know
 */
async function requireCustomer(
  env: ServiceEnv,
  id: string,
  caller: Caller,
): Promise<Pick<Customer, "user_id">> {
  // Who belongs to a customer knows that it exists, also where its event is still on its way.
  const isSure = customersOf(caller).includes(id);
  let isUpToDate = await catchUpWithin(env, CATCH_UP_WITHIN_MS);
  let customer = await findCustomer(env.db, id);
  if (customer === undefined && !isUpToDate && !isSure) {
    isUpToDate = await catchUpWithin(env, UNKNOWN_WITHIN_MS);
    customer = await findCustomer(env.db, id);
  }
  if (customer !== undefined && customer.closed_at !== null)
    throw invalid({ field: "customer", message: "is closed" });
  if (customer !== undefined) return customer;
  if (isSure) return { user_id: null };
  if (!isUpToDate) throw unavailable("identity");
  throw invalid({ field: "customer", message: UNKNOWN });
}

/** @returns whether all of identity's events were read */
function catchUpWithin({ catchUp, log }: ServiceEnv, within_ms: number): Promise<boolean> {
  return catchUp("identity", within_ms).then(
    () => true,
    (error: unknown) => {
      log.warn({ err: error }, "could not read new customers from identity");
      return false;
    },
  );
}

/**
 * Where addresses must be confirmed, users subscribe only after it; staff and the team's own software decide
 * for themselves.
 * @throws BillingError 409
 */
async function requireConfirmedEmail(
  { call, config }: Pick<ServiceEnv, "call" | "config">,
  customer: string,
  caller: Caller,
): Promise<void> {
  if (config.emailConfirmation === "optional" || seesAll(caller)) return;
  const { confirmed } = await call("identity.isEmailConfirmed", { customer });
  if (!confirmed)
    throw conflict("user.email_unconfirmed", "Confirm your email address first, by the link in our mail.");
}

async function planOnOffer(call: Call, reference: string): Promise<Plan> {
  const plan = await call("catalog.getPlan", { plan: reference }).catch((error: unknown) => {
    if (errorType(error) !== "plan.not_found") throw error;
    throw invalid({ field: "plan", message: "is not the id or name of a plan" });
  });
  if (plan.archived_at !== null) throw invalid({ field: "plan", message: "is no longer on offer" });
  return plan;
}

/** The terms that the subscription keeps when the plan changes. */
function termsOf({ product, currency, interval, interval_count, trial_days }: Plan) {
  return { product, currency, interval, interval_count, trial_days };
}

function refuseSecond(error: unknown, product: string): never {
  if (violatedConstraint(error) !== "one_active_subscription") throw error;
  const type = "subscription.already_active";
  if (product === DEFAULT_PRODUCT) throw conflict(type, "You already have an active subscription.", 400);
  throw conflict(type, `You already have an active subscription to ${product}.`);
}
