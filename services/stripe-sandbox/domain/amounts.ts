/**
 * No charge is above 99999999 minor units.
 * https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
 */
export const MAX_AMOUNT_MINOR = 99_999_999;

const ZERO_DECIMAL = new Set([
  "bif",
  "clp",
  "djf",
  "gnf",
  "jpy",
  "kmf",
  "krw",
  "mga",
  "pyg",
  "rwf",
  "vnd",
  "vuv",
  "xaf",
  "xof",
  "xpf",
]);
const THREE_DECIMAL = new Set(["bhd", "jod", "kwd", "omr", "tnd"]);

/** The minimum amounts in minor units that Stripe publishes. */
const PUBLISHED_MINIMUMS: ReadonlyMap<string, number> = new Map([
  ["aed", 200],
  ["bgn", 100],
  ["czk", 1500],
  ["dkk", 250],
  ["gbp", 30],
  ["hkd", 400],
  ["huf", 17500],
  ["mxn", 1000],
  ["myr", 200],
  ["nok", 300],
  ["pln", 200],
  ["ron", 200],
  ["sek", 300],
  ["thb", 1000],
]);
/** For others Stripe's minimum is about half a dollar; without exchange rates this is 50 minor units. */
const MINIMUM_MINOR = 50;
const MINIMUM_THREE_DECIMAL_MINOR = 500;

const KNOWN_CURRENCIES = new Set(Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()));

/** Whether it is a currency's ISO 4217 code, in lower case. */
export function isCurrency(code: string): boolean {
  return KNOWN_CURRENCIES.has(code);
}

/** The minimum amount that can be charged, in minor units. */
export function minimumFor(currency: string): number {
  const fallback = THREE_DECIMAL.has(currency) ? MINIMUM_THREE_DECIMAL_MINOR : MINIMUM_MINOR;
  return PUBLISHED_MINIMUMS.get(currency) ?? fallback;
}

/** Three-decimal currencies must be charged in tenths: the last digit is 0. */
export function hasChargeableDigits(amountMinor: number, currency: string): boolean {
  return !THREE_DECIMAL.has(currency) || amountMinor % 10 === 0;
}

/** An amount as messages show it: "5.00 usd", "500 jpy". */
export function describeAmount(amountMinor: number, currency: string): string {
  const digits = ZERO_DECIMAL.has(currency) ? 0 : THREE_DECIMAL.has(currency) ? 3 : 2;
  return `${(amountMinor / 10 ** digits).toFixed(digits)} ${currency}`;
}
