import { z } from "zod";

/** What Stripe's form parameters are made of. An empty string unsets, so `unsettable` reads it as null. */
export const text = z.string().max(5000);
export const unsettable = text.transform((value) => (value === "" ? null : value));
export const boolean = z.enum(["true", "false"]).transform((value) => value === "true");
export const integer = z
  .string()
  .refine((value) => /^-?\d{1,15}$/.test(value), {
    error: (issue) => `Invalid integer: ${String(issue.input)}`,
    params: { code: "parameter_invalid_integer" },
  })
  .transform(Number);

const METADATA_KEYS = 50;
const METADATA_KEY_LENGTH = 40;
const METADATA_VALUE_LENGTH = 500;

/** Up to 50 keys of 40 characters with values of 500. https://docs.stripe.com/api/metadata */
export const metadata = z.preprocess(
  // "metadata[0]=x" reads as a list, but its indices are keys like any other.
  (value) => (Array.isArray(value) ? Object.fromEntries(value.entries()) : value === "" ? {} : value),
  z
    .record(z.string(), z.string())
    .refine((value) => Object.keys(value).length <= METADATA_KEYS, {
      error: `You can have at most ${METADATA_KEYS} metadata keys.`,
    })
    .refine((value) => Object.keys(value).every((key) => key.length <= METADATA_KEY_LENGTH), {
      error: `Metadata keys can have at most ${METADATA_KEY_LENGTH} characters.`,
    })
    .refine((value) => Object.values(value).every((entry) => entry.length <= METADATA_VALUE_LENGTH), {
      error: `Metadata values can have at most ${METADATA_VALUE_LENGTH} characters.`,
    }),
);

/** An update merges: a key with an empty value goes away, and `metadata=` clears all. */
export function mergeMetadata(
  current: Record<string, string>,
  change: Record<string, string> | undefined,
): Record<string, string> {
  if (change === undefined) return current;
  if (Object.keys(change).length === 0) return {};
  return Object.fromEntries(Object.entries({ ...current, ...change }).filter(([, value]) => value !== ""));
}

const address = z.strictObject({
  city: unsettable.optional(),
  country: unsettable.optional(),
  line1: unsettable.optional(),
  line2: unsettable.optional(),
  postal_code: unsettable.optional(),
  state: unsettable.optional(),
});

export const shipping = z.strictObject({
  address,
  carrier: text.optional(),
  name: text,
  phone: text.optional(),
  tracking_number: text.optional(),
});

export const billingDetails = z.strictObject({
  address: address.optional(),
  email: unsettable.optional(),
  name: unsettable.optional(),
  phone: unsettable.optional(),
  tax_id: unsettable.optional(),
});

export const cardData = z.strictObject({
  number: text,
  exp_month: integer,
  exp_year: integer,
  cvc: text.optional(),
});

export const methodData = z.strictObject({
  type: z.literal("card"),
  card: cardData,
  billing_details: billingDetails.optional(),
  allow_redisplay: z.enum(["always", "limited", "unspecified"]).optional(),
  metadata: metadata.optional(),
});

/** The only kind of payment method that the sandbox takes. */
export const cardOnly = z.array(z.literal("card")).min(1);
export const automaticMethods = z.strictObject({
  enabled: boolean,
  allow_redirects: z.enum(["always", "never"]).optional(),
});

const range = z.strictObject({
  gt: integer.optional(),
  gte: integer.optional(),
  lt: integer.optional(),
  lte: integer.optional(),
});

/** What every list takes. */
export const paging = {
  limit: integer.optional(),
  starting_after: text.optional(),
  ending_before: text.optional(),
  created: z.union([integer, range]).optional(),
};
