import { createHmac } from "node:crypto";

/**
 * The `Stripe-Signature` header: HMAC-SHA256 over `t.body` with the whole secret, `whsec_` included.
 * https://docs.stripe.com/webhooks#verify-manually
 * @param atSeconds wall-clock seconds, because the receiver compares them with its own clock
 */
export function sign(body: string, secret: string, atSeconds: number): string {
  const mac = createHmac("sha256", secret).update(`${atSeconds}.${body}`).digest("hex");
  return `t=${atSeconds},v1=${mac}`;
}
