/** Why a payment is under review: `payments.last_error_code` while it is open. */
export const CONTRADICTED = "contradicted";
export const INTENT_MISSING = "intent_missing";
export const REVIEW_CODES: readonly string[] = [CONTRADICTED, INTENT_MISSING];

/** How a review ended: `payments.last_error_code` afterwards. */
export const ACCEPTED = "accepted";
export const REFUNDED = "refunded";

/** Whether staff must decide about a payment; until then the invoice is not charged again. */
export function isUnderReview(payment: { status: string; last_error_code: string | null }): boolean {
  return payment.status === "open" && REVIEW_CODES.includes(payment.last_error_code ?? "");
}

/** What may differ where staff accept a success: with any other difference it is not this invoice's money. */
const ACCEPTABLE: readonly string[] = ["amount", "currency", "payment_id"];

/** The differences that forbid to accept a success. @param differs as `contradictions` names them */
export function unacceptable(differs: readonly string[]): string[] {
  return differs.filter((name) => !ACCEPTABLE.includes(name));
}
