import { z } from "zod";
import { eventContract, type EventType, type PayloadOf } from "../contracts";
import { columnOf, fieldsOf } from "../contracts/fields";
import { jsonObject } from "../db/columns";

/** @throws Error for a payload that is no object */
function payloadFields(type: EventType): string[] {
  const { schema } = eventContract(type);
  if (!(schema instanceof z.ZodObject)) throw new Error(`the payload of ${type} is not an object`);
  return fieldsOf(schema);
}

/**
 * SQL of an event's payload (jsonb), for statements that write rows and their events together. Every field of
 * the contract is in it: a field that is added there is written here, or the statement fails in its tests.
 * @param row alias of the row whose columns are those of the fields
 * @param expressions SQL for the fields that are no columns of the row
 */
export function payloadSql<Type extends EventType>(
  type: Type,
  row: string,
  expressions: Partial<Record<keyof PayloadOf<Type> & string, string>> = {},
): string {
  const given: Partial<Record<string, string>> = expressions;
  const pairs = payloadFields(type).map((field) => [field, given[field] ?? `${row}.${columnOf(field)}`]);
  return jsonObject(Object.fromEntries(pairs) as Record<string, string>);
}
