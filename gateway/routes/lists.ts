import { z } from "zod";
import { pageParams } from "../../shared/contracts/contract";
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
