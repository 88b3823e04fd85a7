import { createSchema } from "zod-openapi";

import {
  allocate,
  currencyCode,
  decimalAmountString,
  sentAmount,
  displayAmount,
  exponentOf,
  formatAmount,
  isCurrency,
  MAX_AMOUNT_MINOR,
  MoneyError,
  parseAmount,
  share,
  STRIPE_EXPONENTS,
} from "../../shared/money";
import { CURRENCY_CODES } from "../../shared/money/currencies";

const MAX = Number.MAX_SAFE_INTEGER;
/** Numbers that look random and are the same in every run (the Park-Miller generator). */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

describe("currencies", () => {
  test.each([
    ["usd", 2],
    ["eur", 2],
    ["huf", 2],
    ["twd", 2],
    ["mga", 2],
    ["jpy", 0],
    ["isk", 0],
    ["ugx", 0],
    ["kwd", 3],
    ["tnd", 3],
  ])("%s has %i decimals", (code, exponent) => {
    expect(exponentOf(code)).toBe(exponent);
  });

  test("every listed code is three lower-case letters, listed once, and real to the runtime", () => {
    // Newer than the oldest ICU that Node 20 may be built with.
    const recent = ["sle", "ved", "xcg", "zwg"];
    const known = new Set(Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()));
    expect(CURRENCY_CODES.filter((code) => !/^[a-z]{3}$/.test(code))).toEqual([]);
    expect(new Set(CURRENCY_CODES).size).toBe(CURRENCY_CODES.length);
    expect(CURRENCY_CODES.filter((code) => !known.has(code) && !recent.includes(code))).toEqual([]);
  });

  test("exactly the zero-decimal and three-decimal currencies of ISO 4217 differ from two decimals", () => {
    const withExponent = (exponent: number): string =>
      CURRENCY_CODES.filter((code) => exponentOf(code) === exponent).join(" ");
    expect(withExponent(0)).toBe("bif clp djf gnf isk jpy kmf krw pyg rwf ugx vnd vuv xaf xof xpf");
    expect(withExponent(3)).toBe("bhd iqd jod kwd lyd omr tnd");
    expect(new Set(CURRENCY_CODES.map(exponentOf))).toEqual(new Set([0, 2, 3]));
  });

  test("Stripe's special units are kept for known currencies, and differ from ISO's", () => {
    for (const [code, stripeExponent] of Object.entries(STRIPE_EXPONENTS)) {
      expect(exponentOf(code)).not.toBe(stripeExponent);
    }
    expect(STRIPE_EXPONENTS).toEqual({ isk: 2, ugx: 2, mga: 0 });
  });

  test("an upper-case code is refused and told its right spelling", () => {
    expect(() => exponentOf("USD")).toThrow(new MoneyError('Write currency "USD" in lower case: "usd".'));
    expect(isCurrency("USD")).toBe(false);
  });

  test.each(["", "us", "usdd", "xxx", "xau", "constructor", "__proto__", " usd", "bgn", "hrk"])(
    "%j is not a currency",
    (code) => {
      expect(isCurrency(code)).toBe(false);
      expect(() => exponentOf(code)).toThrow(/Unknown currency/);
    },
  );
});

test("the largest charge has the eight digits that Stripe takes", () => {
  expect(MAX_AMOUNT_MINOR).toBe(99_999_999);
  expect(formatAmount(MAX_AMOUNT_MINOR, "usd")).toBe("999999.99");
});

describe("a share of an amount", () => {
  // Halves of −5 … 5 show every case of a tie; quarters show what is nearer to one side.
  test.each([
    [2, [-3, -2, -2, -1, -1, 0, 1, 1, 2, 2, 3]],
    [4, [-1, -1, -1, -1, 0, 0, 0, 1, 1, 1, 1]],
  ])("of −5 … 5 by %i is rounded half away from zero", (whole, expected) => {
    expect(expected.map((_, index) => share(index - 5, 1, whole))).toEqual(expected);
  });

  test.each([
    [19_900, 20, 30, 13_267],
    [49_900, 20, 30, 33_267],
    [9_999, 22, 31, 7_096],
    [120_000, 184, 366, 60_328],
    [2_997, 11, 31, 1_063],
    [10_000, 0, 30, 0],
    [-10_000, 20, 30, -6_667],
  ])("%i × %i / %i is %i", (amount, part, whole, expected) => {
    expect(share(amount, part, whole)).toBe(expected);
  });

  test("is exact at the largest amounts, where floating point is not", () => {
    expect(share(MAX, 1, 2)).toBe(4_503_599_627_370_496);
    expect(share(MAX, MAX, MAX)).toBe(MAX);
    expect(share(MAX, 1, MAX)).toBe(1);
    expect(() => share(MAX, 2, 1)).toThrow(/too large to be counted exactly/);
  });

  test("has no negative zero", () => {
    expect(Object.is(share(-1, 1, 3), 0)).toBe(true);
    expect(Object.is(share(-0, 1, 1), 0)).toBe(true);
  });

  test.each([0, -1, 1.5, NaN, Infinity])("is not of %d", (whole) => {
    expect(() => share(10, 1, whole)).toThrow(/whole number of at least 1/);
  });

  test.each([-1, 0.5, NaN, Infinity, MAX + 1])("refuses the part %d", (part) => {
    expect(() => share(10, part, 1)).toThrow(MoneyError);
  });

  test.each([1.5, NaN, Infinity, -Infinity, MAX + 1, undefined, null, "100", 10n])(
    "refuses %p minor units",
    (amount) => {
      expect(() => share(amount as number, 1, 1)).toThrow(MoneyError);
      expect(() => allocate(amount as number, [1])).toThrow(MoneyError);
    },
  );
});

describe("allocating", () => {
  test.each([
    [100, [1, 1, 1], [34, 33, 33]],
    [101, [1, 1, 1], [34, 34, 33]],
    [-100, [1, 1, 1], [-34, -33, -33]],
    [100, [1], [100]],
    [0, [1, 2], [0, 0]],
    [5, [0, 1, 0], [0, 5, 0]],
    [2, [1, 1, 1, 1], [1, 1, 0, 0]],
    [10, [50, 30, 21], [5, 3, 2]],
    [1000, [31, 28], [525, 475]],
    [7, [1, 2, 3], [1, 2, 4]],
    [MAX, [MAX, MAX], [4_503_599_627_370_496, 4_503_599_627_370_495]],
  ])("%d by %j gives %j", (amount, weights, expected) => {
    expect(allocate(amount, weights)).toEqual(expected);
  });

  test("keeps the sum, gives nothing to weight 0, and is within one minor unit of exact shares", () => {
    const next = numbersFrom(20_260_131);
    for (let round = 0; round < 2000; round += 1) {
      const amount = next(1_000_000) - 500_000;
      const weights = Array.from({ length: 1 + next(12) }, () => next(40));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      if (total === 0) continue;
      const parts = allocate(amount, weights);
      const wrong = parts.filter((part, index) => {
        const weight = weights[index] ?? NaN;
        return !(Math.abs(part * total - amount * weight) < total) || (weight === 0 && part !== 0);
      });
      expect({ amount, weights, wrong, sum: parts.reduce((sum, part) => sum + part, 0) }).toEqual({
        amount,
        weights,
        wrong: [],
        sum: amount,
      });
    }
  });

  test.each([[[]], [[0]], [[0, 0]]])("refuses the weights %j, which give to nobody", (weights) => {
    expect(() => allocate(1, weights)).toThrow(/at least one is above 0/);
  });

  test.each([[[-1, 2]], [[0.5]], [[NaN]], [[Infinity]]])("refuses the weights %j", (weights) => {
    expect(() => allocate(1, weights)).toThrow(/A weight must be a whole number/);
  });
});

describe("reading an amount", () => {
  test.each([
    ["499.00", "usd", 49_900],
    ["499", "usd", 49_900],
    ["499.5", "usd", 49_950],
    ["0", "usd", 0],
    ["0.01", "usd", 1],
    ["0499.00", "usd", 49_900],
    ["499", "jpy", 499],
    ["1.5", "kwd", 1500],
    ["1.500", "kwd", 1500],
    ["4.35", "usd", 435],
    ["1.005", "tnd", 1005],
    ["8.41", "eur", 841],
    ["90071992547409.91", "usd", MAX],
    ["9007199254740991", "jpy", MAX],
  ])("%j in %s is %i minor units", (text, currency, expected) => {
    expect(parseAmount(text, currency)).toBe(expected);
  });

  test.each([
    ["499.001", "usd", "An amount in usd has at most 2 decimals, not 3."],
    ["499.000", "usd", "An amount in usd has at most 2 decimals, not 3."],
    ["499.0", "jpy", "An amount in jpy has no decimals, not 1."],
    ["1.0005", "kwd", "An amount in kwd has at most 3 decimals, not 4."],
    ["", "usd", "The amount is empty."],
    ["   ", "usd", "The amount is empty."],
    [" 499", "usd", "An amount must not contain blanks."],
    ["499\n", "usd", "An amount must not contain blanks."],
    ["4 99", "usd", "An amount must not contain blanks."],
    ["-1", "usd", "The amount must not be negative."],
    ["-0", "usd", "The amount must not be negative."],
    ["\u22121", "usd", "The amount must not be negative."],
    ["+1", "usd", "An amount is written without a sign."],
    ["1e3", "usd", "An amount must not be written with an exponent."],
    ["1.5E-2", "usd", "An amount must not be written with an exponent."],
    ["1,000.00", "usd", "An amount has a point before its decimals, and no commas."],
    ["499,00", "eur", "An amount has a point before its decimals, and no commas."],
    [".50", "usd", 'An amount must be digits with at most one decimal point, such as "499.00".'],
    ["5.", "usd", 'An amount must be digits with at most one decimal point, such as "499.00".'],
    ["1.2.3", "usd", 'An amount must be digits with at most one decimal point, such as "499.00".'],
    ["$5", "usd", 'An amount must be digits with at most one decimal point, such as "499.00".'],
    ["0x10", "usd", 'An amount must be digits with at most one decimal point, such as "499.00".'],
    ["NaN", "usd", 'An amount must be digits with at most one decimal point, such as "499.00".'],
    ["٤٩٩", "usd", 'An amount must be digits with at most one decimal point, such as "499.00".'],
    ["90071992547409.92", "usd", "The amount is too large to be counted exactly."],
    ["9007199254740993", "jpy", "The amount is too large to be counted exactly."],
    ["9".repeat(400), "usd", "The amount is too large to be counted exactly."],
  ])("%j in %s is refused: %s", (text, currency, message) => {
    expect(() => parseAmount(text, currency)).toThrow(new MoneyError(message));
  });

  test.each([499, null, undefined, {}])("%p is refused: an amount is text", (value) => {
    expect(() => parseAmount(value as string, "usd")).toThrow(/must be text/);
  });

  test("an unknown currency is refused", () => {
    expect(() => parseAmount("1", "xyz")).toThrow(/Unknown currency/);
  });
});

describe("writing an amount", () => {
  test.each([
    [49_900, "usd", "499.00"],
    [5, "usd", "0.05"],
    [50, "usd", "0.50"],
    [0, "usd", "0.00"],
    [-0, "usd", "0.00"],
    [-499, "usd", "-4.99"],
    [-5, "usd", "-0.05"],
    [499, "jpy", "499"],
    [0, "jpy", "0"],
    [-7, "jpy", "-7"],
    [1500, "kwd", "1.500"],
    [1, "kwd", "0.001"],
    [MAX, "usd", "90071992547409.91"],
    [-MAX, "jpy", "-9007199254740991"],
  ])("%i minor units of %s are written %j", (amountMinor, currency, expected) => {
    expect(formatAmount(amountMinor, currency)).toBe(expected);
  });

  test.each([1.5, NaN, MAX + 1])("%d minor units are refused", (amountMinor) => {
    expect(() => formatAmount(amountMinor, "usd")).toThrow(MoneyError);
  });

  test("what is written is read back the same, in every currency", () => {
    const next = numbersFrom(499);
    const random = Array.from({ length: 40 }, () => next(1_000_000_000));
    const amounts = [0, 1, 9, 10, 99, 100, 999, 1000, MAX_AMOUNT_MINOR, MAX, ...random];
    const changed = CURRENCY_CODES.flatMap((currency) =>
      amounts.filter((amount) => parseAmount(formatAmount(amount, currency), currency) !== amount),
    );
    expect(changed).toEqual([]);
  });
});

describe("displaying an amount", () => {
  test.each(CURRENCY_CODES)("%s has the decimals of ISO 4217, whatever the runtime knows", (currency) => {
    const digits = exponentOf(currency);
    const shown = displayAmount(1_234_567, currency).replaceAll(/^\D+|,/g, "");
    expect(shown).toBe(formatAmount(1_234_567, currency));
    expect(shown.split(".")[1] ?? "").toHaveLength(digits);
  });

  test.each([
    [123_450, "usd", "$1,234.50"],
    [-5, "usd", "-$0.05"],
    [MAX, "eur", "€90,071,992,547,409.91"],
    [123_450, "jpy", "¥123,450"],
    [1_500, "kwd", "KWD\u00a01.500"],
    [123_450, "huf", "HUF\u00a01,234.50"],
  ])("%i minor units of %s are shown as %s", (amountMinor, currency, expected) => {
    expect(displayAmount(amountMinor, currency)).toBe(expected);
  });
});

describe("schemas", () => {
  test.each(["usd", "jpy", "kwd"])("currencyCode takes %j", (code) => {
    expect(currencyCode.parse(code)).toBe(code);
  });

  test.each(["USD", "xxx", "", 840, null])("currencyCode refuses %j", (code) => {
    expect(currencyCode.safeParse(code).success).toBe(false);
  });

  test.each(["499.00", "0", "1.500", "9007199254740991"])("decimalAmountString takes %j", (text) => {
    expect(decimalAmountString.parse(text)).toBe(text);
  });

  test.each([
    "",
    "-1",
    "+1",
    "1e3",
    "1.0001",
    ".5",
    "5.",
    " 1",
    "1\n",
    "1,5",
    "12345678901234567",
    499,
    null,
  ])("decimalAmountString refuses %j", (text) => {
    expect(decimalAmountString.safeParse(text).success).toBe(false);
  });

  test.each([
    [499, "499"],
    [49.9, "49.9"],
    ["49.90", "49.90"],
  ])("sentAmount takes %j", (sent, text) => {
    expect(sentAmount.parse(sent)).toBe(text);
  });

  test.each([0.1 + 0.2, 1e21, -1, Number.NaN, "1e3", true, null])("sentAmount refuses %j", (sent) => {
    expect(sentAmount.safeParse(sent).success).toBe(false);
  });

  test("they say in OpenAPI what they are", () => {
    expect(createSchema(currencyCode).schema).toMatchObject({ type: "string", pattern: "^[a-z]{3}$" });
    expect(createSchema(decimalAmountString).schema).toMatchObject({ type: "string", examples: ["499.00"] });
  });
});
