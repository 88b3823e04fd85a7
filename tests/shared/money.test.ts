import { createSchema } from "zod-openapi";

import {
  add,
  allocate,
  compare,
  CURRENCY_CODES,
  currencyCode,
  decimalAmountString,
  displayAmount,
  divide,
  exponentOf,
  formatAmount,
  isCurrency,
  MAX_AMOUNT_MINOR,
  money,
  MoneyError,
  multiply,
  parseAmount,
  STRIPE_EXPONENTS,
  subtract,
  type Money,
  type Rounding,
} from "../../shared/money";

const MAX = Number.MAX_SAFE_INTEGER;
const usd = (amountMinor: number): Money => money(amountMinor, "usd");
const minorOf = (sums: readonly Money[]): number[] => sums.map((sum) => sum.amountMinor);

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

describe("money", () => {
  test("is a frozen pair of minor units and currency", () => {
    expect(usd(49_900)).toEqual({ amountMinor: 49_900, currency: "usd" });
    expect(Object.isFrozen(usd(1))).toBe(true);
  });

  test.each([0, 1, -1, MAX, -MAX])("holds %d exactly", (amount) => {
    expect(usd(amount).amountMinor).toBe(amount);
  });

  test("has no negative zero", () => {
    expect(Object.is(usd(-0).amountMinor, 0)).toBe(true);
    expect(Object.is(multiply(usd(0), -1).amountMinor, 0)).toBe(true);
    expect(Object.is(divide(usd(-1), 2, "down").amountMinor, 0)).toBe(true);
  });

  test.each([1.5, NaN, Infinity, -Infinity, MAX + 1, -MAX - 1])("refuses %d minor units", (amount) => {
    expect(() => usd(amount)).toThrow(MoneyError);
  });

  test.each([undefined, null, "100", 10n])("refuses %p that came untyped over the wire", (amount) => {
    const sum = { amountMinor: amount, currency: "usd" } as unknown as Money;
    expect(() => money(sum.amountMinor, sum.currency)).toThrow(MoneyError);
    expect(() => add(sum, usd(1))).toThrow(MoneyError);
    expect(() => multiply(sum, 2)).toThrow(MoneyError);
    expect(() => allocate(sum, [1])).toThrow(MoneyError);
  });

  test("the largest charge has the eight digits that Stripe takes", () => {
    expect(MAX_AMOUNT_MINOR).toBe(99_999_999);
    expect(formatAmount(MAX_AMOUNT_MINOR, "usd")).toBe("999999.99");
  });
});

describe("adding, subtracting, comparing, multiplying", () => {
  test("add and subtract keep the currency and undo each other", () => {
    expect(add(usd(10), usd(20))).toEqual(usd(30));
    expect(subtract(usd(10), usd(20))).toEqual(usd(-10));
    expect(subtract(add(usd(123), usd(456)), usd(456))).toEqual(usd(123));
  });

  test.each([
    [1, 2, -1],
    [2, 2, 0],
    [3, 2, 1],
    [-1, 0, -1],
    [-MAX, MAX, -1],
    [MAX, MAX - 1, 1],
  ])("compare(%d, %d) is %d", (a, b, expected) => {
    expect(compare(usd(a), usd(b))).toBe(expected);
  });

  test.each([
    ["add", add],
    ["subtract", subtract],
    ["compare", compare],
  ] as const)("%s refuses mixed currencies", (_name, operation) => {
    expect(() => operation(usd(1), money(1, "eur"))).toThrow('Cannot mix currencies: "usd" and "eur".');
  });

  test("multiply takes whole factors, negative and zero too", () => {
    expect(multiply(usd(333), 3)).toEqual(usd(999));
    expect(multiply(usd(333), -1)).toEqual(usd(-333));
    expect(multiply(usd(333), 0)).toEqual(usd(0));
  });

  test.each([0.5, NaN, Infinity, MAX + 1])("multiply refuses the factor %d", (factor) => {
    expect(() => multiply(usd(1), factor)).toThrow(MoneyError);
  });

  test("a result beyond the safe integers is refused, never rounded", () => {
    expect(() => add(usd(MAX), usd(1))).toThrow(/too large to be counted exactly/);
    expect(() => subtract(usd(-MAX), usd(1))).toThrow(MoneyError);
    expect(() => multiply(usd(MAX), 2)).toThrow(MoneyError);
    expect(() => multiply(usd(94_906_267), 94_906_267)).toThrow(MoneyError);
    expect(add(usd(MAX), usd(0))).toEqual(usd(MAX));
  });
});

describe("dividing", () => {
  // Halves of −5 … 5 show every case of a tie; quarters show what is nearer to one side.
  test.each<[Rounding, number, number[]]>([
    ["half_even", 2, [-2, -2, -2, -1, 0, 0, 0, 1, 2, 2, 2]],
    ["half_up", 2, [-3, -2, -2, -1, -1, 0, 1, 1, 2, 2, 3]],
    ["down", 2, [-2, -2, -1, -1, 0, 0, 0, 1, 1, 2, 2]],
    ["up", 2, [-3, -2, -2, -1, -1, 0, 1, 1, 2, 2, 3]],
    ["half_even", 4, [-1, -1, -1, 0, 0, 0, 0, 0, 1, 1, 1]],
    ["half_up", 4, [-1, -1, -1, -1, 0, 0, 0, 1, 1, 1, 1]],
    ["down", 4, [-1, -1, 0, 0, 0, 0, 0, 0, 0, 1, 1]],
    ["up", 4, [-2, -1, -1, -1, -1, 0, 1, 1, 1, 1, 2]],
  ])("%s, −5 … 5 by %i", (rounding, n, expected) => {
    const quotients = expected.map((_, index) => divide(usd(index - 5), n, rounding));
    expect(minorOf(quotients)).toEqual(expected);
  });

  test("is exact at the largest amounts, where floating point is not", () => {
    expect(divide(usd(MAX), 2, "down")).toEqual(usd(4_503_599_627_370_495));
    expect(divide(usd(MAX), 2, "up")).toEqual(usd(4_503_599_627_370_496));
    expect(divide(usd(MAX), MAX, "half_even")).toEqual(usd(1));
    expect(divide(usd(MAX), 1, "up")).toEqual(usd(MAX));
  });

  test.each([0, -1, 1.5, NaN, Infinity])("refuses to divide by %d", (n) => {
    expect(() => divide(usd(10), n, "down")).toThrow(/whole numbers of at least 1/);
  });

  test("refuses a rounding that does not exist", () => {
    expect(() => divide(usd(10), 3, "toString" as Rounding)).toThrow(/Unknown rounding/);
  });
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
    expect(minorOf(allocate(usd(amount), weights))).toEqual(expected);
  });

  test("keeps the sum, gives nothing to weight 0, and strays less than one minor unit from the exact share", () => {
    const next = numbersFrom(20_260_131);
    for (let round = 0; round < 2000; round += 1) {
      const amount = next(1_000_000) - 500_000;
      const weights = Array.from({ length: 1 + next(12) }, () => next(40));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      if (total === 0) continue;
      const parts = minorOf(allocate(usd(amount), weights));
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
    expect(() => allocate(usd(1), weights)).toThrow(/at least one is above 0/);
  });

  test.each([[[-1, 2]], [[0.5]], [[NaN]], [[Infinity]]])("refuses the weights %j", (weights) => {
    expect(() => allocate(usd(1), weights)).toThrow(/A weight must be a whole number/);
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

  test("they say in OpenAPI what they are", () => {
    expect(createSchema(currencyCode).schema).toMatchObject({ type: "string", pattern: "^[a-z]{3}$" });
    expect(createSchema(decimalAmountString).schema).toMatchObject({ type: "string", examples: ["499.00"] });
  });
});
