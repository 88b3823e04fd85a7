import type Stripe from "stripe";
import { createHash } from "node:crypto";
import type { TestCard } from "../domain/test-cards";

export interface NewPaymentMethod {
  id: string;
  created: number;
  card: TestCard;
  last4: string;
  exp_month: number;
  exp_year: number;
  cvcGiven: boolean;
  metadata: Record<string, string>;
  billing_details: Stripe.PaymentMethod.BillingDetails;
  allow_redisplay: "always" | "limited" | "unspecified";
}

/** Equal cards have equal fingerprints. Of a card that is no test card, only the last digits are kept. */
function fingerprintOf(card: TestCard, last4: string): string {
  return createHash("sha256").update(`${card.number}/${last4}`).digest("base64url").slice(0, 16);
}

export function newPaymentMethod(from: NewPaymentMethod): Stripe.PaymentMethod {
  return {
    id: from.id,
    object: "payment_method",
    allow_redisplay: from.allow_redisplay,
    billing_details: from.billing_details,
    card: {
      brand: from.card.brand,
      checks: {
        address_line1_check: null,
        address_postal_code_check: null,
        cvc_check: from.cvcGiven ? "unchecked" : null,
      },
      country: "US",
      display_brand: from.card.brand,
      exp_month: from.exp_month,
      exp_year: from.exp_year,
      fingerprint: fingerprintOf(from.card, from.last4),
      funding: "credit",
      generated_from: null,
      last4: from.last4,
      networks: { available: [from.card.brand], preferred: null },
      regulated_status: "unregulated",
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: from.created,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: from.metadata,
    type: "card",
  };
}
