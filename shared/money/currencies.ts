import { MoneyError } from "./money-error";

/**
 * The active currencies of ISO 4217 (list one, with its amendments up to January 2026), by exponent: the
 * number of decimals of the minor unit. Funds, metals and test codes are left out: nobody is invoiced in
 * them.
 */
const CODES_BY_EXPONENT: readonly (readonly [exponent: number, codes: string])[] = [
  [0, "bif clp djf gnf isk jpy kmf krw pyg rwf ugx vnd vuv xaf xof xpf"],
  [
    2,
    `aed afn all amd aoa ars aud awg azn bam bbd bdt bmd bnd bob brl bsd btn bwp byn bzd cad cdf chf cny
    cop crc cup cve czk dkk dop dzd egp ern etb eur fjd fkp gbp gel ghs gip gmd gtq gyd hkd hnl htg huf
    idr ils inr irr jmd kes kgs khr kpw kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mru mur
    mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sdg
    sek sgd shp sle sos srd ssp stn svc syp szl thb tjs tmt top try ttd twd tzs uah usd uyu uzs ved ves
    wst xcd xcg yer zar zmw zwg`,
  ],
  [3, "bhd iqd jod kwd lyd omr tnd"],
];

const EXPONENTS: ReadonlyMap<string, number> = new Map(
  CODES_BY_EXPONENT.flatMap(([exponent, codes]) =>
    codes.split(/\s+/).map((code) => [code, exponent] as const),
  ),
);

/** All currency codes, lower-case, in alphabetical order. */
export const CURRENCY_CODES: readonly string[] = [...EXPONENTS.keys()].sort();

/**
 * The exponents of Stripe where they differ from ISO 4217 (docs.stripe.com/currencies, zero-decimal
 * currencies and special cases). Minor units are ISO's everywhere in this system; only calls to Stripe
 * convert them.
 * - isk and ugx have no decimals, but Stripe takes them times 100, and the last two digits must be 00.
 *   (Stripe lists ugx among the zero-decimal currencies too: test it with Stripe before you sell in it.)
 * - mga has two decimals in ISO 4217, and none at Stripe.
 *
 * Stripe also wants the last digit of a three-decimal amount to be 0.
 */
export const STRIPE_EXPONENTS: Readonly<Record<string, number>> = Object.freeze({ isk: 2, mga: 0, ugx: 2 });

/**
 * The least that Stripe charges a card with, in minor units, where Stripe publishes it
 * (docs.stripe.com/currencies, minimum and maximum charge amounts). In other currencies it depends on
 * exchange rates. The amounts are for an account that is paid out in the same currency.
 */
const CARD_MINIMUMS: Readonly<Record<string, number>> = Object.freeze({
  aed: 200,
  aud: 50,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1_500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17_500,
  inr: 50,
  jpy: 50,
  mxn: 1_000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1_000,
  usd: 50,
});

/** The least that a card can be charged with, in minor units; undefined where it is not known. */
export function cardMinimum(currency: string): number | undefined {
  return CARD_MINIMUMS[currency];
}

/** True for a lower-case ISO 4217 code such as `usd`. */
export function isCurrency(text: string): boolean {
  return EXPONENTS.has(text);
}

/**
 * How many decimals a currency has: 2 for `usd`, 0 for `jpy`, 3 for `kwd`.
 * @throws MoneyError when the code is not a lower-case ISO 4217 code
 */
export function exponentOf(currency: string): number {
  const exponent = EXPONENTS.get(currency);
  if (exponent !== undefined) return exponent;
  const lowered = currency.toLowerCase();
  if (isCurrency(lowered)) throw new MoneyError(`Write currency "${currency}" in lower case: "${lowered}".`);
  throw new MoneyError(
    `Unknown currency ${JSON.stringify(currency)}: expected an ISO 4217 code such as "usd".`,
  );
}
