import { exponentOf } from "./currencies";
import { MoneyError } from "./money-error";

/** The largest amount of one charge, in minor units: Stripe takes eight digits. */
export const MAX_AMOUNT_MINOR = 99_999_999;

const AMOUNT = /^(\d+)(?:\.(\d+))?$/;

/**
 * Reads a decimal amount such as "499.00" into minor units: 49900 for usd. It takes digits and one decimal
 * point: no sign, exponent, thousands separator or blank, and no more decimals than the currency has ("499"
 * and "499.5" are fine for usd).
 * @throws MoneyError that says what is wrong with the text
 */
export function parseAmount(text: string, currency: string): number {
  const exponent = exponentOf(currency);
  const match = typeof text === "string" ? AMOUNT.exec(text) : null;
  if (!match) throw new MoneyError(whyNotAnAmount(text));

  const [, whole = "", decimals = ""] = match;
  if (decimals.length > exponent) throw new MoneyError(tooManyDecimals(currency, exponent, decimals.length));
  const amountMinor = Number(whole + decimals.padEnd(exponent, "0"));
  if (!Number.isSafeInteger(amountMinor))
    throw new MoneyError("The amount is too large to be counted exactly.");
  return amountMinor;
}

/**
 * Writes minor units as a decimal string with all the decimals of the currency: 49900 usd is "499.00", 499
 * jpy is "499", 1500 kwd is "1.500". A negative amount has a leading "-".
 * @throws MoneyError when the amount is not a safe integer or the currency is unknown
 */
export function formatAmount(amountMinor: number, currency: string): string {
  const exponent = exponentOf(currency);
  if (!Number.isSafeInteger(amountMinor))
    throw new MoneyError(`An amount must be a safe whole number of minor units, not ${String(amountMinor)}.`);
  const sign = amountMinor < 0 ? "-" : "";
  const digits = String(Math.abs(amountMinor)).padStart(exponent + 1, "0");
  const point = digits.length - exponent;
  return exponent === 0 ? sign + digits : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/**
 * Writes minor units for people: 123450 usd is "$1,234.50", 123450 huf is "HUF 1,234.50", with a no-break
 * space. It has all the decimals of the currency and no rounding. Use `formatAmount` for programs.
 * @throws MoneyError as `formatAmount`
 */
export function displayAmount(amountMinor: number, currency: string): string {
  const decimals = exponentOf(currency);
  // The runtime has other decimals than ISO 4217 for some currencies, such as huf.
  const format = new Intl.NumberFormat("en", {
    style: "currency",
    currency,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return format.format(formatAmount(amountMinor, currency) as `${number}`);
}

function tooManyDecimals(currency: string, exponent: number, given: number): string {
  const allowed = exponent === 0 ? "no decimals" : `at most ${exponent} decimals`;
  return `An amount in ${currency} has ${allowed}, not ${given}.`;
}

function whyNotAnAmount(text: unknown): string {
  if (typeof text !== "string") return 'An amount must be text such as "499.00", so that no digit is lost.';
  if (text.trim() === "") return "The amount is empty.";
  if (/\s/.test(text)) return "An amount must not contain blanks.";
  if (/^[-\u2212]/.test(text)) return "The amount must not be negative.";
  if (text.startsWith("+")) return "An amount is written without a sign.";
  if (/^[\d.]+e[+-]?\d+$/i.test(text)) return "An amount must not be written with an exponent.";
  if (text.includes(",")) return "An amount has a point before its decimals, and no commas.";
  return 'An amount must be digits with at most one decimal point, such as "499.00".';
}
