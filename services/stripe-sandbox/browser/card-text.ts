import type { StripeError } from "@stripe/stripe-js";
import { passesLuhn } from "../domain/card-data";
import { validationError } from "./errors";

const MAX_DIGITS = 16;
const AMEX_DIGITS = 15;

function isAmex(number: string): boolean {
  return /^3[47]/.test(number);
}

export function onlyDigits(text: string): string {
  return text.replace(/\D/g, "");
}

/** How many digits of a number the customer has to type. */
function numberLength(number: string): number {
  return isAmex(number) ? AMEX_DIGITS : MAX_DIGITS;
}

/** Groups the digits: "4242 4242 4242 4242", "3782 822463 10005". */
export function formatNumber(text: string): string {
  const digits = onlyDigits(text);
  const number = digits.slice(0, numberLength(digits));
  const groups = isAmex(number)
    ? /^(\d{1,4})(\d{1,6})?(\d{1,5})?$/
    : /^(\d{1,4})(\d{1,4})?(\d{1,4})?(\d{1,4})?$/;
  const [, ...parts] = groups.exec(number) ?? [];
  return parts.filter((part) => part !== undefined).join(" ");
}

/** "12 / 34". A first digit above 1 is a whole month: "4" becomes "04". */
export function formatExpiry(text: string): string {
  const typed = onlyDigits(text);
  const digits = (/^[2-9]/.test(typed) ? `0${typed}` : typed).slice(0, 4);
  return digits.length > 2 ? `${digits.slice(0, 2)} / ${digits.slice(2)}` : digits;
}

export function formatCvc(text: string): string {
  return onlyDigits(text).slice(0, 4);
}

export function numberProblem(text: string): StripeError | null {
  const number = onlyDigits(text);
  if (number.length < numberLength(number)) {
    return validationError("incomplete_number", "Your card number is incomplete.");
  }
  return passesLuhn(number) ? null : validationError("invalid_number", "Your card number is invalid.");
}

/** The month and the full year in "12 / 34". */
export function expiryOf(text: string): { month: number; year: number } {
  const digits = onlyDigits(text);
  return { month: Number(digits.slice(0, 2)), year: 2000 + Number(digits.slice(2, 4)) };
}

/** @param nowMs the time, in ms since 1970; a card is valid until its month ends */
export function expiryProblem(text: string, nowMs: number): StripeError | null {
  if (onlyDigits(text).length < 4) {
    return validationError("incomplete_expiry", "Your card's expiration date is incomplete.");
  }
  const { month, year } = expiryOf(text);
  if (month < 1 || month > 12) {
    return validationError("invalid_expiry_month", "Your card's expiration date is invalid.");
  }
  return nowMs < Date.UTC(year, month)
    ? null
    : validationError("invalid_expiry_year_past", "Your card's expiration date is in the past.");
}

export function cvcProblem(text: string, number: string): StripeError | null {
  const wanted = isAmex(onlyDigits(number)) ? 4 : 3;
  return onlyDigits(text).length >= wanted
    ? null
    : validationError("incomplete_cvc", "Your card's security code is incomplete.");
}
