import type { Call } from "../../../shared/contracts";
import { isStaff, userIdOf, type Caller } from "../../../shared/service/caller";
import { conflict, errorType, forbidden, invalid, unavailable } from "../../../shared/errors";
import type { ActionHandler, ServiceEnv } from "../../../shared/service/service-env";
import type { Plan } from "../../../shared/contracts/catalog";
import { violatedConstraint } from "../../../shared/db/transaction";
import { appendEvents } from "../../../shared/events/outbox";
import { dayOf } from "../../../shared/time";
import { wrongDate } from "../domain/dates";
import { Subscription } from "../models/subscription";
import { subscriptionEvent, viewSubscription } from "../models/subscription-view";
import { findCustomer } from "../queries/customers";
import { expireSubscriptions } from "../queries/expire-subscriptions";

/** Longer, and a customer would wait; what is missed then is made good by a worker. */
const CATCH_UP_WITHIN_MS = 1_000;

/** Subscribes a user without an active subscription to a plan on offer, on the current terms of the plan. */
export const createSubscription: ActionHandler<"subscriptions.createSubscription"> = async (env) => {
  const { params, caller, clock, call, transaction } = env;
  const user_id = subscriberOf(caller, params.user_id);
  const created_at = await clock.now();
  const today = dayOf(created_at, clock.zone);
  const { start_date = today, end_date } = params;
  const wrong = wrongDate({ start: start_date, end: end_date }, { today, mayBackdate: isStaff(caller) });
  if (wrong !== undefined) throw invalid(wrong);
  await requireCustomer(env, user_id, caller);
  const plan = await planOnOffer(call, params.plan);

  const created = await transaction(async (trx) => {
    // A subscription that has ended by today must not block this one, even if the event is still on its way.
    await expireSubscriptions(trx, today, user_id);
    const subscription = await Subscription.query(trx)
      .insert({
        user_id,
        plan_id: plan.id,
        start_date,
        end_date: end_date ?? null,
        ...termsOf(plan),
        created_on: today,
        created_at,
      })
      .returning("*");
    await appendEvents<"subscriptions">(trx, [
      { type: "subscription.created", subject_id: subscription.id, payload: subscriptionEvent(subscription) },
    ]);
    return subscription;
  }).catch(refuseSecond);
  return viewSubscription(created, today);
};

function subscriberOf(caller: Caller, given: string | undefined): string {
  const own = userIdOf(caller);
  const subscriber = given ?? own;
  if (subscriber === undefined) throw invalid({ field: "user_id", message: "is required" });
  if (subscriber !== own && !isStaff(caller)) throw forbidden("Only staff may subscribe somebody else.");
  return subscriber;
}

/**
 * Checks that the subscriber has an account that is open. Identity's events are consumed first: an account
 * that was closed a second ago counts as closed.
 * @throws BillingError 400 naming `user_id`; 503 for a user that only identity, which is away, can know
 */
async function requireCustomer(
  { db, log, catchUp }: ServiceEnv,
  user_id: string,
  caller: Caller,
): Promise<void> {
  const isUpToDate = await catchUp("identity", CATCH_UP_WITHIN_MS).then(
    () => true,
    (error: unknown) => {
      log.warn({ err: error }, "could not read new users from identity");
      return false;
    },
  );
  const customer = await findCustomer(db, user_id);
  if (customer !== undefined && customer.closed_at !== null)
    throw invalid({ field: "user_id", message: "is the id of a closed account" });
  // Who is signed in has an account, also where its event is still on its way.
  if (customer !== undefined || user_id === userIdOf(caller)) return;
  if (!isUpToDate) throw unavailable("identity");
  throw invalid({ field: "user_id", message: "is not the id of a user" });
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
function termsOf({ currency, interval, interval_count, trial_days }: Plan) {
  return { currency, interval, interval_count, trial_days };
}

function refuseSecond(error: unknown): never {
  if (violatedConstraint(error) !== "one_active_subscription") throw error;
  throw conflict("subscription.already_active", "You already have an active subscription.", 400);
}
