import { isDeepStrictEqual } from "node:util";
import { notFound } from "../../../shared/errors";
import { appendEvents } from "../../../shared/events/outbox";
import type { ActionHandler } from "../../../shared/service/service-env";
import { ShownSubscription, Subscription } from "../models/subscription";
import { viewSubscription } from "../models/subscription-view";

/** Replaces a subscription's metadata, which its next invoices get. @throws BillingError 404 */
export const updateSubscription: ActionHandler<"subscriptions.updateSubscription"> = async ({
  params: { id, metadata },
  clock,
  transaction,
}) => {
  const changed = await transaction(async (trx) => {
    const locked = await Subscription.query(trx).findById(id).forNoKeyUpdate();
    if (locked === undefined) throw notFound("subscription");
    if (!isDeepStrictEqual(locked.metadata, metadata)) {
      await Subscription.query(trx).findById(id).patch({ metadata });
      await appendEvents<"subscriptions">(trx, [
        { type: "subscription.updated", subject_id: id, payload: { id, metadata } },
      ]);
    }
    return ShownSubscription.read(trx).findById(id).throwIfNotFound();
  });
  return viewSubscription(changed, await clock.today());
};
