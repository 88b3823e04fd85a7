import type Stripe from "stripe";
import { z } from "zod";
import { Payment } from "../models/payment";
import { attachIntent } from "../queries/attach-intent";
import type { PaymentsEnv } from "../tools";
import { takeOver } from "./take-over";

/**
 * The payment of an intent. After a crash a payment may not know its intent; the intent's metadata names the
 * payment then. One that the books do not know at all is taken over. Only holders of our secret key can write
 * metadata.
 * @returns why there is none, where there is none
 */
export async function findPaymentOf(
  env: PaymentsEnv,
  intent: Stripe.PaymentIntent,
): Promise<Payment | string> {
  const known = await Payment.query(env.db).findOne({ stripe_payment_intent_id: intent.id });
  if (known !== undefined) return known;
  const paymentId = z.uuid().safeParse(intent.metadata["payment_id"]);
  const attached = paymentId.success ? await attachIntent(env.db, paymentId.data, intent.id) : undefined;
  return attached ?? takeOver(env, intent);
}
