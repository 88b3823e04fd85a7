import { claimDueEvents } from "../queries/claim-due-events";
import type { PaymentsEnv } from "../tools";
import { processEvent } from "../webhooks/process-event";

const HELPING = 5;

/**
 * Acts on stored webhooks that could not be acted on when they came; Stripe's own deliveries end after three
 * days.
 * @returns how many were tried
 */
export async function retryEvents(env: PaymentsEnv): Promise<number> {
  const due = await claimDueEvents(env.db, HELPING);
  const tries = due.map(async (event) => {
    try {
      await processEvent(env, event);
    } catch (error) {
      env.log.warn(
        { err: error, event_id: event.id, attempts: event.attempts },
        "a webhook could not be acted on",
      );
    }
  });
  await Promise.all(tries);
  return due.length;
}
