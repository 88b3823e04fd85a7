import type { z } from "zod";

/** The names of all fields of a contract's object, in its order: the columns to read for it. */
export function fieldsOf<Shape extends z.ZodRawShape>({
  shape,
}: z.ZodObject<Shape>): (keyof Shape & string)[] {
  return Object.keys(shape);
}

/**
 * What a contract shows of a row: exactly its fields, in its order. A field that is neither in `row` nor in
 * `given` does not compile.
 * @param row may have more than the fields
 * @param given the fields that are not taken from the row
 */
export function view<
  Shape extends z.ZodRawShape,
  Given extends Partial<z.output<z.ZodObject<Shape>>> = Record<never, never>,
>(
  schema: z.ZodObject<Shape>,
  row: Omit<z.output<z.ZodObject<Shape>>, keyof Given>,
  given?: Given,
): z.output<z.ZodObject<Shape>> {
  const values: Record<string, unknown> = row;
  const others: Record<string, unknown> = given ?? {};
  const fields = fieldsOf(schema).map((field) => [field, field in others ? others[field] : values[field]]);
  return Object.fromEntries(fields) as z.output<z.ZodObject<Shape>>;
}
