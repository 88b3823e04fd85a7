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
