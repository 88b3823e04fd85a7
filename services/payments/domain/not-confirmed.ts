const REASONS: Readonly<Record<string, string>> = {
  requires_payment_method:
    "We have not received a payment yet. Please enter your card details and try again.",
  requires_confirmation: "Your payment is not complete yet. Please try again.",
  requires_action: "Your bank asks you to approve this payment. Please approve it and try again.",
  processing: "Your payment is still being processed. Please check again in a few minutes.",
  canceled: "This payment was cancelled. Please start again.",
};

/**
 * Tells the payer why the invoice is not paid yet.
 * @param stripeStatus the status of the intent
 * @param decline Stripe's message about the last card; Stripe writes it for the cardholder
 */
export function whyNotConfirmed(stripeStatus: string, decline: string | null): string {
  const declined = stripeStatus === "requires_payment_method" && decline !== null;
  if (declined) return `Your payment did not go through: ${decline}`;
  return (
    REASONS[stripeStatus] ?? `Your payment is not confirmed yet (${stripeStatus}). Please try again later.`
  );
}
