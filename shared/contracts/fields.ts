import type { z } from "zod";

/** The names of all fields of a contract's object, in its order: the columns to read for it. */
export function fieldsOf<Shape extends z.ZodRawShape>({
  shape,
}: z.ZodObject<Shape>): (keyof Shape & string)[] {
  return Object.keys(shape);
}

/**
 * What a contract shows of a row: exactly its fields, in its order, whatever else the row has.
 * @param row must have every field: one that is missing does not compile
 */
export function view<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  row: z.output<z.ZodObject<Shape>>,
): z.output<z.ZodObject<Shape>> {
  const values: Record<string, unknown> = row;
  const fields = fieldsOf(schema).map((field) => [field, values[field]]);
  return Object.fromEntries(fields) as z.output<z.ZodObject<Shape>>;
}
