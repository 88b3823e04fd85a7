import { z } from "zod";
import { isCurrency } from "./currencies";

/** A lower-case ISO 4217 code. */
export const currencyCode = z
  .string()
  .refine(isCurrency, { error: "must be a lower-case ISO 4217 code, like usd" })
  .meta({ description: "ISO 4217 currency code in lower case", pattern: "^[a-z]{3}$", examples: ["usd"] });

/**
 * A non-negative amount as a decimal string. How many decimals are right depends on the currency, which
 * `parseAmount` checks; it also refuses what is beyond the safe integers.
 */
export const decimalAmountString = z
  .string()
  .regex(/^\d{1,16}(\.\d{1,3})?$/, { error: 'must be a decimal amount in a string, such as "499.00"' })
  .meta({
    description: "Amount as a decimal string, with no more decimals than its currency has",
    examples: ["499.00"],
  });

/**
 * An amount as clients may send it: a decimal string, or a JSON number that is exact, such as 499 or 49.9.
 * The sum 0.1 + 0.2 has 17 decimals as a number, and is refused.
 */
export const sentAmount = z.union(
  [decimalAmountString, z.number().transform(String).pipe(decimalAmountString)],
  {
    error: ({ input }) =>
      input === undefined ? undefined : 'must be an amount such as "499.00", 499 or 49.9',
  },
);
