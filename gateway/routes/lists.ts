import { z } from "zod";
import { csvOfList, wantsCsv } from "./csv";
import { exportParams, pageParams } from "../../shared/contracts/contract";
import type { Reply, RouteContext } from "./route";

/** The `limit` of a list's query: text of decimal digits, which becomes a number. */
export function queryLimit(limit: typeof pageParams.limit) {
  const { maxValue } = limit.unwrap();
  return z
    .string()
    .regex(/^\d{1,9}$/, "must be a whole number")
    .transform(Number)
    .pipe(limit.unwrap())
    .meta({ override: { type: "integer", minimum: 1, maximum: maxValue ?? undefined, default: 50 } });
}

/** The query of a list: `limit`, `cursor` and the list's own filters. */
export function listQuery<Filters extends z.core.$ZodLooseShape>(filters: Filters) {
  return z.strictObject({
    limit: queryLimit(pageParams.limit).optional(),
    cursor: pageParams.cursor,
    ...filters,
  });
}

/** The query of a list that grows without end: it can be sorted, searched by metadata, and read as CSV. */
export function exportQuery<Filters extends z.core.$ZodLooseShape>(filters: Filters) {
  return listQuery({
    order: exportParams.order.unwrap().optional(),
    metadata: metadataFact.optional(),
    format: z.enum(["json", "csv"]).optional(),
    ...filters,
  });
}

/** `key=value`: the first = ends the key. */
const metadataFact = z
  .string()
  .max(600)
  .regex(/^[^=]{1,40}=/, "must be key=value")
  .transform((text) => {
    const end = text.indexOf("=");
    return { key: text.slice(0, end), value: text.slice(end + 1) };
  })
  .meta({ override: { type: "string" }, description: "only what has this in its metadata: `key=value`" });

/** A boolean in a query. */
export const flag = z.enum(["true", "false"]).transform((text) => text === "true");

/**
 * Answers with one page of a list: a JSON array, and the next page's address in the Link header (RFC 8288).
 * @param show turns an item into its view
 */
export function page<Item>(
  { url }: Pick<RouteContext, "url">,
  { items, next }: { items: Item[]; next: string | null },
  show: (item: Item) => unknown = (item) => item,
): Reply {
  const body = items.map(show);
  return { status: 200, body, headers: linkToNext(url, next) };
}

/** The Link header with the address of the next page; no header after the last page. */
export function linkToNext(url: string, next: string | null): Record<string, string> {
  return next === null ? {} : { link: `<${withCursor(url, next)}>; rel="next"` };
}

function withCursor(url: string, cursor: string): string {
  const [path = "", search = ""] = url.split("?", 2);
  const query = new URLSearchParams(search);
  query.set("cursor", cursor);
  return `${path}?${query.toString()}`;
}

/** The page of a list that cannot hold anything. */
const NOTHING = { items: [], next: null };
/**
 * How many rows of a CSV file are read at once. A million invoices take 38 s, and the process grows by 57 MB;
 * in pages of 1000 it is 28 s and 190 MB.
 */
const CSV_PAGE = 100;

interface ExportedList<Query, Item> {
  /** of the file */
  name: string;
  /** of the file, by the fields of a view */
  columns: readonly string[];
  /** the filters; undefined where nothing can be found */
  query: Query | undefined;
  read: (
    query: Query & { limit?: number; cursor?: string },
  ) => Promise<{ items: Item[]; next: string | null }>;
  /** turns an item into its view */
  show?: (item: Item) => object;
}

/** Answers with a page of a list as JSON, or with the whole list as CSV. */
export async function list<Query extends { format?: "json" | "csv" | undefined }, Item extends object>(
  context: RouteContext<unknown, Query>,
  { name, columns, query, read, show = (item) => item }: ExportedList<Omit<Query, "format">, Item>,
): Promise<Reply> {
  const csv = wantsCsv(context);
  const { format: _, ...filters } = { ...query } as Query;
  const readPage = async (more: { limit?: number; cursor?: string }) =>
    query === undefined ? NOTHING : read({ ...filters, ...more });
  const reply = csv
    ? csvOfList(
        name,
        columns,
        await readPage({ limit: CSV_PAGE }),
        (cursor) => readPage({ limit: CSV_PAGE, cursor }),
        show,
      )
    : page(context, await readPage({}), show);
  return { ...reply, headers: { ...reply.headers, vary: "Accept" } };
}
