import type { StripeError } from "@stripe/stripe-js";

/** A mistake in the page's code, as Stripe.js throws it. */
export class IntegrationError extends Error {
  override readonly name = "IntegrationError";
}

/** A field that the customer left empty or filled in wrongly. */
export function validationError(code: string, message: string): StripeError {
  return { type: "validation_error", code, message };
}
