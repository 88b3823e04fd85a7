import type { Model } from "objection";
import type { z } from "zod";
import { columnOf, fieldsOf } from "../contracts/fields";

/** The columns of a model's table. */
export type ColumnOf<Row extends Model> = Exclude<keyof Row, keyof Model> & string;

/**
 * The select list that reads a contract's object from rows whose columns are those of its fields.
 * @param expressions SQL for the fields that are not columns
 */
export function selectList<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  expressions: Partial<Record<keyof Shape & string, string>> = {},
): string {
  const given: Partial<Record<string, string>> = expressions;
  return fieldsOf(schema)
    .map((field) => {
      const expression = given[field] ?? columnOf(field);
      return expression === field ? field : `${expression} AS ${quoted(field)}`;
    })
    .join(", ");
}

/** `user` is a word of SQL's own. */
const quoted = (field: string): string => (field === "user" ? `"${field}"` : field);

/**
 * `INSERT INTO table (columns) SELECT expressions`, to be continued with FROM.
 * @param values SQL for each column, so that a column and what it gets stand side by side
 */
export function insertSelect(table: string, values: Readonly<Record<string, string>>): string {
  const columns = Object.keys(values).join(", ");
  return `INSERT INTO ${table} (${columns}) SELECT ${Object.values(values).join(", ")}`;
}

/** SQL of a JSON object. @param values SQL for each field */
export function jsonObject(values: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(values).map(([field, value]) => `'${field}', ${value}`);
  return `jsonb_build_object(${pairs.join(", ")})`;
}
