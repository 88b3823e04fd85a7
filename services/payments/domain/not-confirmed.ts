const REASONS: Readonly<Record<string, string>> = {
  requires_payment_method: "No payment has gone through yet; enter a card and try again.",
  requires_confirmation: "The payment has not been confirmed yet; confirm it and try again.",
  requires_action: "The bank still waits for the cardholder's confirmation.",
  processing: "The payment is still being processed; look again in a moment.",
  canceled: "The payment was cancelled; start it again.",
};

/**
 * Says to the payer why an invoice is not paid yet.
 * @param stripeStatus the intent's
 * @param decline what Stripe said of the last card, already written for its holder
 */
export function whyNotConfirmed(stripeStatus: string, decline: string | null): string {
  const declined = stripeStatus === "requires_payment_method" && decline !== null;
  if (declined) return `The payment did not go through: ${decline}`;
  return REASONS[stripeStatus] ?? `The payment is not confirmed yet (${stripeStatus}).`;
}
