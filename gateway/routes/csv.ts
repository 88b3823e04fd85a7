import { Readable } from "node:stream";
import { qualityOf } from "../accept";
import type { Reply, RouteContext } from "./route";

type Value = string | number | boolean | null | undefined;

/** Rows as CSV (RFC 4180), each ended by CRLF. */
export function csvLines(rows: readonly (readonly Value[])[]): string {
  return rows.map((row) => `${row.map(csvField).join(",")}\r\n`).join("");
}

/**
 * A field of a CSV file. A spreadsheet takes text that begins like a formula for one, and names come from
 * anyone: such text gets an apostrophe.
 */
function csvField(value: Value): string {
  const text = value === null || value === undefined ? "" : String(value);
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

type Asked = Pick<RouteContext<unknown, { format?: "json" | "csv" | undefined }>, "query" | "headers">;

/** The query decides; without `format` the Accept header: CSV for a client that prefers it to JSON. */
export function wantsCsv({ query, headers }: Asked): boolean {
  if (query.format !== undefined) return query.format === "csv";
  const { accept } = headers;
  const accepted = typeof accept === "string" ? accept : undefined;
  return qualityOf(accepted, "text/csv") > qualityOf(accepted, "application/json");
}

/** @param name of the file, without its ending */
export function csvReply(name: string, body: string | Readable): Reply {
  const headers = { "content-disposition": `attachment; filename="${name}.csv"` };
  return { status: 200, type: "text/csv; charset=utf-8; header=present", body, headers };
}

interface Page<Item> {
  items: Item[];
  next: string | null;
}

/**
 * Answers with a whole list as CSV, in the memory of a page. It is read page by page, as fast as the client
 * takes it; a failure cuts the answer off.
 * @param columns in their order; the value of each is the item's field, objects as JSON
 * @param first the first page, so that errors come before the answer
 * @param readPage reads the page after a cursor
 * @param show turns an item into its view
 */
export function csvOfList<Item>(
  name: string,
  columns: readonly string[],
  first: Page<Item>,
  readPage: (cursor: string) => Promise<Page<Item>>,
  show: (item: Item) => object,
): Reply {
  async function* lines(): AsyncGenerator<string> {
    yield csvLines([columns]);
    for (let page = first; ; page = await readPage(page.next)) {
      yield csvLines(page.items.map((item) => valuesOf(show(item), columns)));
      if (page.next === null) return;
    }
  }
  return csvReply(name, Readable.from(lines(), { objectMode: false }));
}

function valuesOf(item: object, columns: readonly string[]): Value[] {
  const fields = item as Record<string, unknown>;
  return columns.map((column) => {
    const value = fields[column];
    return typeof value === "object" && value !== null ? JSON.stringify(value) : (value as Value);
  });
}
