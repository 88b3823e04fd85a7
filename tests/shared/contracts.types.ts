import type { Call } from "../../shared/contracts";
/**
 * What must not compile. Nothing here ever runs: the type check reads this file as it reads any other, and
 * fails where a line below a directive turns out to be allowed after all.
 */
import { defineService } from "../../shared/service/define-service";
import type { ActionHandler } from "../../shared/service/service-env";
import { consume } from "../../shared/events/consumer";
import { appendEvents } from "../../shared/events/outbox";
import type { Knex } from "../../shared/db/open-database";

declare const call: Call;
declare const trx: Knex.Transaction;

export async function calls(): Promise<void> {
  const plan = await call("catalog.getPlan", { plan: "pro" });
  const name: string = plan.name;
  // @ts-expect-error no such service
  await call("catalogue.getPlan", { plan: name });
  // @ts-expect-error no such action
  await call("catalog.getPlans", { plan: name });
  // @ts-expect-error an action without its service
  await call("getPlan", { plan: name });
  // @ts-expect-error no such param
  await call("catalog.getPlan", { plan: name, currency: "usd" });
  // @ts-expect-error a param is missing
  await call("catalog.getPlan", {});
  // @ts-expect-error a param of the wrong type
  await call("catalog.getPlan", { plan: 1 });
  // @ts-expect-error not one of the kinds
  await call("invoicing.startBillingRun", { kind: "everything" });
  // @ts-expect-error money is in minor units, a whole number
  await call("catalog.createPlan", { name, amount_minor: "499.00" });
  // @ts-expect-error the result has no such field
  void plan.price;
  // @ts-expect-error the result is a number
  const amount: string = plan.amount_minor;
  void amount;
}

export async function events(): Promise<void> {
  const id = "01a20367-6227-750f-9572-7d32d0cdae0b";
  await appendEvents<"cron">(trx, [
    { type: "billing.day_started", subject_id: id, payload: { as_of: "2026-01-31" } },
  ]);
  await appendEvents<"cron">(trx, [
    // @ts-expect-error no such event
    { type: "billing.day_ended", subject_id: id, payload: { as_of: "2026-01-31" } },
  ]);
  await appendEvents<"cron">(trx, [
    // @ts-expect-error an event of another service
    { type: "plan.archived", subject_id: id, payload: { as_of: "2026-01-31" } },
  ]);
  // @ts-expect-error the payload lacks a field
  await appendEvents<"cron">(trx, [{ type: "billing.day_started", subject_id: id, payload: {} }]);
  await appendEvents<"cron">(trx, [
    // @ts-expect-error a field of the payload has the wrong type
    { type: "billing.day_started", subject_id: id, payload: { as_of: 20260131 } },
  ]);
  await appendEvents<"catalog">(trx, [
    // @ts-expect-error the payload is that of another event
    { type: "plan.price_set", subject_id: id, payload: { as_of: "2026-01-31" } },
  ]);

  consume("invoice.issued", async (_trx, issued) => void issued.map(({ payload }) => payload.number));
  // @ts-expect-error no such event
  consume("invoice.printed", async () => {});
  // @ts-expect-error the payload has no such field
  consume("invoice.issued", async (_trx, issued) => void issued.map(({ payload }) => payload.price));
}

export const getClock: ActionHandler<"cron.getClock"> = async () => ({
  now: "",
  today: "",
  zone: "UTC",
  moved: false,
});
// @ts-expect-error a result without all its fields
export const brief: ActionHandler<"cron.getClock"> = async () => ({ now: "" });
// @ts-expect-error a param that the contract does not have
export const curious: ActionHandler<"cron.getClock"> = async ({ params }) => params.zone;
// @ts-expect-error no such action
export const unknown: ActionHandler<"cron.stopClock"> = async () => null;

// @ts-expect-error a service must have a handler for each action of its contract
export const incomplete = defineService("cron", { actions: { getClock } });
// @ts-expect-error no service without a contract
export const unheardOf = defineService("weather", { actions: {} });
