import { z } from "zod";
import { StripeEvent } from "../models/stripe-event";
import type { PaymentsEnv } from "../tools";
import { handleDispute } from "./disputes";
import { handleIntent } from "./intents";
import { handleCharge, handleRefund } from "./refunds";
import { messageOf } from "../../../shared/errors";

/** Asks the API about an object, applies what it says, and gives the outcome to be recorded. */
type Handler = (env: PaymentsEnv, objectId: string) => Promise<string>;

const HANDLERS: Readonly<Record<string, Handler>> = {
  "payment_intent.succeeded": handleIntent("succeeded"),
  "payment_intent.payment_failed": handleIntent("requires_payment_method"),
  "payment_intent.canceled": handleIntent("canceled"),
  "payment_intent.requires_action": handleIntent("requires_action"),
  "charge.refunded": handleCharge,
  "refund.updated": handleRefund,
  "refund.failed": handleRefund,
  "charge.dispute.created": handleDispute,
};

const aboutAnObject = z.object({
  livemode: z.boolean(),
  // No other text may become part of a query or an address.
  data: z.object({ object: z.object({ id: z.string().regex(/^[\w-]{1,255}$/) }) }),
});

/**
 * Processes a stored event and records the outcome. One event may be processed twice at the same time: each
 * effect is a compare-and-set.
 * @throws the error that stopped it, which is recorded too; the event stays unprocessed
 */
export async function processEvent(env: PaymentsEnv, event: StripeEvent): Promise<void> {
  const unprocessed = () => StripeEvent.query(env.db).where({ id: event.id }).whereNull("processed_at");
  try {
    const outcome = await outcomeOf(env, event);
    await unprocessed().patch({ outcome, error: null, processed_at: StripeEvent.raw("now()") });
  } catch (error) {
    await unprocessed().patch({ error: messageOf(error) });
    throw error;
  }
}

async function outcomeOf(env: PaymentsEnv, { type, payload }: StripeEvent): Promise<string> {
  const handle = Object.hasOwn(HANDLERS, type) ? HANDLERS[type] : undefined;
  if (handle === undefined) return "ignored: nothing to do about this type";
  const about = aboutAnObject.safeParse(payload);
  if (!about.success) return "ignored: it is about no object";
  if (about.data.livemode !== env.tools.livemode) return "ignored: it is of the other mode, live or test";
  return handle(env, about.data.data.object.id);
}
