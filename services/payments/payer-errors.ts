import type { Invoice, InvoiceStatus } from "../../shared/contracts/invoicing";
import { conflict, type BillingError } from "../../shared/errors";
import { cardMinimum, displayAmount, MoneyError } from "../../shared/money";
import { toStripeAmount } from "./domain/stripe-amount";

/** Type of the 409 for an invoice whose amount or currency no card can pay: trying again does not help. */
export const NOT_PAYABLE = "invoice.not_payable";

/** Why an invoice in each state must not be charged; undefined: it may be. */
const REFUSALS: Record<InvoiceStatus, (() => BillingError) | undefined> = {
  pending: undefined,
  overdue: undefined,
  paid: alreadyPaid,
};

/** @throws BillingError 409 for an invoice that must not be charged, or that no card can pay */
export function requirePayable({ status, amount_minor, currency }: Invoice): void {
  const refusal = REFUSALS[status];
  if (refusal !== undefined) throw refusal();
  try {
    toStripeAmount(amount_minor, currency);
    requireMinimum(amount_minor, currency);
  } catch (error) {
    if (error instanceof MoneyError) throw notPayableByCard(error.message);
    throw error;
  }
}

function requireMinimum(amountMinor: number, currency: string): void {
  const minimum = cardMinimum(currency);
  if (minimum === undefined || amountMinor >= minimum) return;
  throw new MoneyError(`Card payments start at ${displayAmount(minimum, currency)}.`);
}

/** 409: no card can be charged with this amount. @param why a sentence for the payer */
export function notPayableByCard(why: string): BillingError {
  return conflict(NOT_PAYABLE, `This invoice cannot be paid by card: ${why}`);
}

/** 409: the invoice is paid. */
export function alreadyPaid(): BillingError {
  return conflict("invoice.already_paid", "This invoice has already been paid.");
}

/** 409: Stripe's data and ours differ. Staff must decide; we neither charge again nor mark it as paid. */
export function underReview(): BillingError {
  const detail =
    "We need to check this payment first. You will not be charged again in the meantime. Please contact us.";
  return conflict("payment.under_review", detail);
}
