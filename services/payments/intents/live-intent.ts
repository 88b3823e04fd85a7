import type { Invoice } from "../../../shared/contracts/invoicing";
import { conflict } from "../../../shared/errors";
import { claimLivePayment } from "../queries/claim-live-payment";
import type { PaymentsEnv } from "../tools";
import { applyIntent } from "./apply-intent";
import { ensureIntent, type LiveIntent } from "./ensure-intent";
import { alreadyPaid, underReview } from "./payer-errors";

/** Each round but the last ends because an attempt did; more than a few of them is no accident. */
const ROUNDS = 5;

/**
 * The invoice's one live intent. The payment is a row before Stripe hears of it, so that whoever comes
 * second, at once or after a crash, uses the first one's key and gets the same intent; a dead intent makes
 * room for the next attempt.
 * @throws BillingError 409 when the invoice has been paid, cannot be paid by card, or somebody has to look at
 *   it; 503 when Stripe is away
 */
export async function liveIntent(env: PaymentsEnv, invoice: Invoice): Promise<LiveIntent> {
  const { id: invoice_id, amount_minor, currency } = invoice;
  const { livemode } = env.tools;
  for (let round = 0; round < ROUNDS; round++) {
    const payment = await claimLivePayment(env.db, { invoice_id, amount_minor, currency, livemode });
    if (payment?.status === "succeeded") throw alreadyPaid();
    const live = payment && (await ensureIntent(env, payment));
    if (live === undefined) continue;
    const outcome = await applyIntent(env, live.payment, live.intent);
    if (outcome === "settled") throw alreadyPaid();
    if (outcome === "contradicted") throw underReview();
    if (outcome === "waiting") return live;
  }
  throw conflict("payment.busy", "This invoice is being paid at the moment; try again shortly.");
}
