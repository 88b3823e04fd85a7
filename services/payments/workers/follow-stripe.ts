import { comparedAgo_ms, compareWithStripe } from "../intents/compare-with-stripe";
import type { PaymentsEnv } from "../tools";

const EVERY_MS = 30_000;

/**
 * Compares the newest intents at Stripe with the payments, every half minute.
 * @returns 0: nothing more is to be done until then
 */
export async function followStripe(env: PaymentsEnv): Promise<number> {
  if ((await comparedAgo_ms(env)) > EVERY_MS) await compareWithStripe(env);
  return 0;
}
