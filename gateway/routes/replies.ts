import { z } from "zod";
import { pageParams } from "../../shared/contracts/contract";
import type { RouteContext, Reply } from "./route";

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const created = (body: unknown): Reply => ({ status: 201, body });
export const noContent = (): Reply => ({ status: 204 });

/** 202 for what goes on after the answer; `location` tells where to look how far it is. */
export const accepted = (body: unknown, location: string): Reply => ({
  status: 202,
  body,
  headers: { location },
});

/** The `limit` of a list's query, as text: decimal digits and nothing else. */
export function queryLimit(limit: typeof pageParams.limit) {
  const { maxValue } = limit.unwrap();
  return z
    .string()
    .regex(/^\d{1,9}$/, "must be a whole number")
    .transform(Number)
    .pipe(limit.unwrap())
    .meta({ override: { type: "integer", minimum: 1, maximum: maxValue ?? undefined, default: 50 } });
}

/** The query of a list: how much of it, where it goes on, and the list's own filters. */
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
 * One page of a list as a JSON array; the address of the next page goes into the Link header (RFC 8288).
 * @param show how one item is shown
 */
export function page<Item>(
  { url }: Pick<RouteContext, "url">,
  { items, next }: { items: Item[]; next: string | null },
  show: (item: Item) => unknown = (item) => item,
): Reply {
  const body = items.map(show);
  return { status: 200, body, headers: linkToNext(url, next) };
}

/** The header that tells where the next page is; none after the last one. */
export function linkToNext(url: string, next: string | null): Record<string, string> {
  return next === null ? {} : { link: `<${withCursor(url, next)}>; rel="next"` };
}

function withCursor(url: string, cursor: string): string {
  const [path = "", search = ""] = url.split("?", 2);
  const query = new URLSearchParams(search);
  query.set("cursor", cursor);
  return `${path}?${query.toString()}`;
}
