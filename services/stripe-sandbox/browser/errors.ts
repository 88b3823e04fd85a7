import type { StripeError } from "@stripe/stripe-js";

/** A mistake in the page's code, thrown as Stripe.js throws it. */
export class IntegrationError extends Error {
  override readonly name = "IntegrationError";
}

/** What the customer has not typed, or mistyped. */
export function validationError(code: string, message: string): StripeError {
  return { type: "validation_error", code, message };
}
