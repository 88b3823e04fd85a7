import { claimDueEvents } from "../queries/claim-due-events";
import type { PaymentsEnv } from "../tools";
import { processEvent } from "../webhooks/process-event";

const BATCH = 5;

/**
 * Processes stored webhooks that failed when they arrived. Stripe itself stops sending them after three days.
 * @returns how many were tried
 */
export async function retryEvents(env: PaymentsEnv): Promise<number> {
  const due = await claimDueEvents(env.db, BATCH);
  const tries = due.map(async (event) => {
    try {
      await processEvent(env, event);
    } catch (error) {
      const { id: event_id, attempts } = event;
      env.log.warn({ err: error, event_id, attempts }, "could not process a webhook");
    }
  });
  await Promise.all(tries);
  return due.length;
}
