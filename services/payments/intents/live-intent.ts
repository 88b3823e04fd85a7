import type { Invoice } from "../../../shared/contracts/invoicing";
import type { Author } from "../../../shared/events/audit-log";
import { conflict } from "../../../shared/errors";
import { unknownCase } from "../../../shared/states";
import { claimLivePayment, findLivePayment, findRefusal } from "../queries/claim-live-payment";
import type { PaymentsEnv } from "../tools";
import { applyIntent } from "./apply-intent";
import { requireCompared } from "./compare-with-stripe";
import { ensureIntent, type LiveIntent } from "./ensure-intent";
import { alreadyPaid, NOT_PAYABLE, underReview } from "../payer-errors";

/** A round starts again when its attempt has just ended. That rarely happens twice. */
const ROUNDS = 5;

/**
 * The one live intent of an invoice. The payment's row is written before Stripe is called: a second caller,
 * at the same time or after a crash, uses the same idempotency key and gets the same intent. When an intent
 * was cancelled, the next attempt is opened.
 * @throws BillingError 409 when the invoice is paid, cannot be paid by card, or is under review; 503 when
 *   Stripe does not answer
 */
export async function liveIntent(
  env: PaymentsEnv & { author: Author | undefined },
  invoice: Invoice,
): Promise<LiveIntent> {
  const { id: invoice_id, amount_minor, currency } = invoice;
  const { livemode } = env.tools;
  const known = await findLivePayment(env.db, invoice_id);
  if (known === undefined || known.stripe_payment_intent_id === null) await requireCompared(env);
  for (let round = 0; round < ROUNDS; round++) {
    const claim = { invoice_id, amount_minor, currency, livemode };
    const payment = await claimLivePayment(env.db, claim, env.author);
    const refusal = payment === undefined ? await findRefusal(env.db, claim) : undefined;
    if (refusal !== undefined) throw conflict(NOT_PAYABLE, refusal);
    if (payment?.status === "succeeded") throw alreadyPaid();
    const live = payment && (await ensureIntent(env, payment));
    if (live === undefined) continue;
    const outcome = await applyIntent(env, live.payment, live.intent);
    switch (outcome) {
      case "waiting":
        return live;
      case "cancelled":
        break;
      case "settled":
        throw alreadyPaid();
      case "contradicted":
        throw underReview();
      default:
        unknownCase(outcome);
    }
  }
  throw conflict("payment.busy", "This invoice is being paid right now. Please try again in a moment.");
}
