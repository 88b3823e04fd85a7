import { isDeepStrictEqual } from "node:util";
import { invalid, type FieldError } from "../../shared/errors";

/**
 * Gives what a body changes. Fields that cannot be changed may be repeated, so that what GET answered can be
 * sent back.
 * @param present what these fields are now; one that is missing there has no value yet
 * @param why completes the sentence `currency: …`
 * @throws BillingError 400 naming the fields that would change
 */
export function withoutFixed<Body extends object, Field extends keyof Body & string>(
  body: Body,
  present: Partial<Record<Field, unknown>>,
  fields: readonly Field[],
  why = "cannot be changed",
): Omit<Body, Field> {
  const refused = fields
    .filter((field) => body[field] !== undefined && !isDeepStrictEqual(body[field], present[field]))
    .map((field): FieldError => ({ field, message: why }));
  const [first, ...others] = refused;
  if (first !== undefined) throw invalid(first, ...others);
  const fixed = new Set<string>(fields);
  return Object.fromEntries(Object.entries(body).filter(([field]) => !fixed.has(field))) as Omit<Body, Field>;
}
