import { z } from "zod";
import { invalid } from "../errors";

/**
 * An opaque cursor for the row after which the next page starts.
 * @param values the row's sort key, each column as text
 */
export function encodeCursor(values: readonly string[]): string {
  return Buffer.from(JSON.stringify(values)).toString("base64url");
}

/** The cursor of a list that is sorted by id alone. */
export const ID_CURSOR = z.tuple([z.uuid()]);

/**
 * Reads a cursor that `encodeCursor` made.
 * @param schema what the sort key must look like, so that no forged cursor reaches the database
 * @throws BillingError 400 naming the field `cursor`
 */
export function decodeCursor<Key extends string[]>(cursor: string, schema: z.ZodType<Key>): Key {
  const parsed = schema.safeParse(parseJson(cursor));
  if (!parsed.success) throw invalid({ field: "cursor", message: "is not a cursor of this list" });
  return parsed.data;
}

function parseJson(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

/** NATS carries 1 MiB, and a page is a part of its message. The limit is the same where there is no NATS. */
const MAX_PAGE_BYTES = 512 * 1024;

/**
 * Makes a page of the rows of a list query, which reads one more to learn whether there is a next page. The
 * page ends before its limit where its rows would become too large for one message; it has one row at least.
 * @param rows at most `limit` + 1 rows
 * @param keyOf the sort key of a row, as text
 */
export function toPage<Row>(
  rows: Row[],
  limit: number,
  keyOf: (row: Row) => string[],
): { items: Row[]; next: string | null } {
  const items: Row[] = [];
  let bytes = 0;
  for (const row of rows.slice(0, limit)) {
    bytes += Buffer.byteLength(JSON.stringify(row));
    if (bytes > MAX_PAGE_BYTES && items.length > 0) break;
    items.push(row);
  }
  const last = items.at(-1);
  return { items, next: rows.length > items.length && last !== undefined ? encodeCursor(keyOf(last)) : null };
}
