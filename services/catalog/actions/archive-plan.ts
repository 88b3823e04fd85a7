import { notFound } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { appendEvents } from "../../../shared/events/outbox";
import { planEvent } from "../models/plan-view";
import { Plan } from "../models/plan";
import { pricedPlans } from "../queries/priced-plans";

/** Archives a plan. @throws BillingError 404 */
export const archivePlan: ActionHandler<"catalog.archivePlan"> = async ({ params, clock, transaction }) => {
  const archived_at = await clock.now();
  await transaction(async (trx) => {
    const onOffer = Plan.query(trx).where({ id: params.id }).whereNull("archived_at");
    const [plan] = await onOffer.patch({ archived_at }).returning("*");
    if (plan !== undefined) {
      const { components } = await pricedPlans(trx).findById(plan.id).throwIfNotFound();
      await appendEvents<"catalog">(trx, [
        { type: "plan.archived", subject_id: plan.id, payload: planEvent(plan, components) },
      ]);
    } else if ((await Plan.query(trx).findById(params.id)) === undefined) {
      throw notFound("plan");
    }
  });
  return null;
};
