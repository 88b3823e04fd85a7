import type { z } from "zod";
import { type Call, find } from "./call";
import { invalidParam } from "./errors";
import type { paging } from "./params";
import type { TableName, Tables } from "../state/store";

export interface ApiList<Item> {
  object: "list";
  data: Item[];
  has_more: boolean;
  url: string;
}

type Paging = z.output<z.ZodObject<typeof paging>>;
/** The tables of the API's own objects, which all have a time of creation. */
type Listed = {
  [Name in TableName]: Extract<Tables[Name], { created: number }> extends never ? never : Name;
}[TableName];

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

function limitOf(page: Paging): number {
  const limit = page.limit ?? DEFAULT_LIMIT;
  if (limit < 1 || limit > MAX_LIMIT)
    throw invalidParam("limit", `limit must be between 1 and ${MAX_LIMIT}.`);
  return limit;
}

function isWithin(created: number, range: Paging["created"]): boolean {
  if (range === undefined) return true;
  if (typeof range === "number") return created === range;
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = range;
  return created > gt && created >= gte && created < lt && created <= lte;
}

/**
 * One page, newest first, before or after the object of an id. https://docs.stripe.com/api/pagination
 * @throws ApiError 400 for a limit out of range, 404 for a cursor that does not exist
 */
export function listOf<Name extends Listed>(
  call: Call,
  table: Name,
  page: Paging,
  matches: (item: Tables[Name]) => boolean,
  url: string,
): ApiList<Tables[Name]> {
  const limit = limitOf(page);
  for (const param of ["starting_after", "ending_before"] as const) {
    const id = page[param];
    if (id !== undefined) find(call, table, id, param);
  }
  const all = call.store.all(table).reverse();
  const after = all.findIndex((item) => item.id === page.starting_after);
  const cursor = all.findIndex((item) => item.id === page.ending_before);
  const before = cursor === -1 ? all.length : cursor;
  const wanted = all
    .slice(after + 1, before)
    .filter((item) => matches(item) && (!("created" in item) || isWithin(item.created, page.created)));
  // "ending_before" wants the neighbours of the cursor, not the newest of all.
  const data = page.ending_before === undefined ? wanted.slice(0, limit) : wanted.slice(-limit);
  return { object: "list", data, has_more: wanted.length > data.length, url };
}
