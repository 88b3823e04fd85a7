import { z } from "zod";
import { StripeEvent } from "../models/stripe-event";
import type { PaymentsEnv } from "../tools";
import { handleCharge, handleRefund } from "./refunds";
import { handleDispute } from "./disputes";
import { handleIntent } from "./intents";

/**
 * Does what there is to do about an object, asking the API what it is like now; gives what came of it for the
 * books.
 */
type Act = (env: PaymentsEnv, objectId: string, type: string) => Promise<string>;

const ACTS: Readonly<Record<string, Act>> = {
  "payment_intent.succeeded": handleIntent,
  "payment_intent.payment_failed": handleIntent,
  "payment_intent.canceled": handleIntent,
  "payment_intent.requires_action": handleIntent,
  "charge.refunded": handleCharge,
  "refund.failed": handleRefund,
  "charge.dispute.created": handleDispute,
};

const aboutAnObject = z.object({
  livemode: z.boolean(),
  data: z.object({ object: z.object({ id: z.string().min(1) }) }),
});

/**
 * Acts on a stored event and records what came of it. Several may act on the same one at once: each effect is
 * a compare-and-set.
 * @throws what stood in the way, recorded too; the event stays to be acted on
 */
export async function processEvent(env: PaymentsEnv, event: StripeEvent): Promise<void> {
  try {
    const outcome = await outcomeOf(env, event);
    await StripeEvent.query(env.db)
      .patch({ outcome, error: null, processed_at: StripeEvent.raw("now()") })
      .where({ id: event.id })
      .whereNull("processed_at");
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await StripeEvent.query(env.db)
      .patch({ error: message })
      .where({ id: event.id })
      .whereNull("processed_at");
    throw error;
  }
}

async function outcomeOf(env: PaymentsEnv, { type, payload }: StripeEvent): Promise<string> {
  const act = Object.hasOwn(ACTS, type) ? ACTS[type] : undefined;
  if (act === undefined) return "ignored: nothing to do about this type";
  const about = aboutAnObject.safeParse(payload);
  if (!about.success) return "ignored: it is about no object";
  if (about.data.livemode !== env.tools.livemode) return "ignored: it is of the other mode, live or test";
  return act(env, about.data.data.object.id, type);
}
