import type { z } from "zod";

/** The fields that hold the id of another object. Their columns end in `_id`. */
const REFERENCES = ["customer", "user", "plan", "subscription", "invoice"] as const;
type Reference = (typeof REFERENCES)[number];
const references = new Set<string>(REFERENCES);

/** The name of the column behind a field of a contract's object: `customer` is `customer_id`. */
export function columnOf(field: string): string {
  return references.has(field) ? `${field}_id` : field;
}

/** A contract's object as its row has it, references by their columns. */
export type RowOf<Fields> = {
  [Field in keyof Fields as Field extends Reference ? `${Field}_id` : Field]: Fields[Field];
};

/** The columns of a contract's object, in its order. */
export function columnsOf<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>): string[] {
  return fieldsOf(schema).map(columnOf);
}

/** The names of all fields of a contract's object, in its order. */
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
  row: RowOf<Omit<z.output<z.ZodObject<Shape>>, keyof Given>>,
  given?: Given,
): z.output<z.ZodObject<Shape>> {
  const values: Record<string, unknown> = row;
  const others: Record<string, unknown> = given ?? {};
  const fields = fieldsOf(schema).map((field) => [
    field,
    field in others ? others[field] : values[columnOf(field)],
  ]);
  return Object.fromEntries(fields) as z.output<z.ZodObject<Shape>>;
}
