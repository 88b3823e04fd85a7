import { conflict, type BillingError } from "../../../shared/errors";

/** 409: nothing more is owed. */
export function alreadyPaid(): BillingError {
  return conflict("invoice.already_paid", "This invoice has been paid already.");
}

/**
 * 409: what Stripe says and what we know differ, so that neither paying again nor counting it as paid is
 * right.
 */
export function underReview(): BillingError {
  const detail = "This payment needs a look by our staff; nothing more will be charged meanwhile.";
  return conflict("payment.under_review", detail);
}
