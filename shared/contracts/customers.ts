import { z } from "zod";
import { id, instant, metadata, textLine } from "./contract";

/** What comes before an external id where a customer is named. */
export const EXTERNAL_ID_PREFIX = "external_id:";

/** The id that a team's own software has for a customer; any Unicode, in the form NFC. */
export const externalId = z
  .string()
  .normalize("NFC")
  .min(1)
  .max(255)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, "must be a single line of text");

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/** The id of a customer, or `external_id:` and the external id. */
export const customerReference = z
  .string()
  .normalize("NFC")
  .regex(
    new RegExp(`^(?:${EXTERNAL_ID_PREFIX}[^\\p{Cc}\\p{Cs}]{1,255}|${UUID})$`, "iu"),
    "must be a customer's id, or external_id: and the external id",
  )
  .meta({ description: "a customer's id, or `external_id:` and your own id of it" });

export const email = z.email().max(254);

/** A postal address. Two-letter country codes are those of ISO 3166-1. */
export const address = z.strictObject({
  line1: textLine(200).optional(),
  line2: textLine(200).optional(),
  postal_code: textLine(20).optional(),
  city: textLine(100).optional(),
  state: textLine(100).optional(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, "must be a code of two letters, such as DE")
    .optional(),
});
export type Address = z.infer<typeof address>;

export const taxStatus = z.enum(["standard", "reverse_charge", "exempt", "export"]);
export type TaxStatus = z.infer<typeof taxStatus>;

const locale = z.string().refine(isLocale, "must be a language tag, such as en or de-AT");

function isLocale(tag: string): boolean {
  try {
    return tag.length <= 35 && Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/** How a customer is written to and addressed: what customers may change themselves. */
const contactFields = {
  name: textLine(200),
  email: email.nullable(),
  locale,
  address: address.nullable(),
};

/** What staff alone may change. */
const staffFields = {
  external_id: externalId.nullable(),
  vat_id: textLine(30).nullable(),
  tax_status: taxStatus,
  metadata,
};
export const STAFF_FIELDS = Object.keys(staffFields) as (keyof typeof staffFields)[];

export const customerFields = { ...contactFields, ...staffFields };

/** Who is billed: a person who signed up, or whoever a team's own software has entered. */
export const customer = z
  .object({
    id,
    user: id.nullable().meta({ description: "the user who signed up as this customer" }),
    ...customerFields,
    closed_at: instant.nullable(),
    created_at: instant,
  })
  .meta({ id: "Customer" });
export type Customer = z.infer<typeof customer>;

/** What events say about a customer. Its fields were checked before, by the rules of their time. */
export const customerFact = z.object({
  id,
  user: id.nullable(),
  external_id: z.string().nullable(),
  name: z.string(),
  email: z.string().nullable(),
  locale: z.string(),
  address: z.record(z.string(), z.string()).nullable(),
  vat_id: z.string().nullable(),
  tax_status: z.string(),
  closed_at: instant.nullable(),
});
export type CustomerFact = z.infer<typeof customerFact>;

/** What invoicing must know of each customer. */
export const billedCustomer = z.object({
  id,
  user_id: id.nullable(),
  name: z.string(),
  email: z.string().nullable(),
  address: z.record(z.string(), z.string()).nullable(),
  vat_id: z.string().nullable(),
});
export type BilledCustomer = z.infer<typeof billedCustomer>;
