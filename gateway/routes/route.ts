import type { BillingBroker } from "../../shared/service/broker";
import type { Call } from "../../shared/contracts";
import { z } from "zod";
import type { Caller } from "../../shared/service/caller";
import type { Config } from "../../shared/config/config";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/**
 * Whose request a route takes: `anyone`'s, without looking at who it is; `optional`: anyone's too, but a
 * token that is sent must be good; a signed-in `user`'s; `staff`'s.
 */
export type Auth = "anyone" | "optional" | "user" | "staff";

type PathParams<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { [Key in Name | keyof PathParams<Rest>]: string }
  : unknown;

/** A request, checked against its route, and what it takes to answer it. */
export interface RouteContext<Params = unknown, Query = unknown, Body = unknown> {
  params: Params;
  query: Query;
  body: Body;
  /** the body as it came, for signatures; empty where there was none */
  rawBody: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** path and query as they came, like `/plans/?limit=2` */
  url: string;
  /** the network address of whoever sent it */
  client: string;
  caller: Caller;
  /** Calls an action on behalf of the caller. */
  call: Call;
  /** Calls an action as the system. */
  asSystem: Call;
  broker: BillingBroker;
  config: Config;
}

/** An answer. Text is sent as it is, as `type`; anything else as JSON; `undefined` is no body. */
export interface Reply {
  status: number;
  body?: unknown;
  /** content type; JSON unless said otherwise */
  type?: string;
  headers?: Record<string, string>;
}

/** One line of the interface: what runs and what the API's description says come from the same data. */
export interface Route {
  method: Method;
  /** with `{id}` for ids, which are UUIDs */
  path: string;
  auth: Auth;
  summary: string;
  /** true for the files of a page, which the API's description leaves out */
  hidden?: boolean;
  /** unknown parameters are refused, unless the schema lets them pass */
  query?: z.ZodObject;
  /** JSON of at most 64 KB; `RAW` is text of at most 1 MB that nobody has looked at */
  body?: z.ZodObject | typeof RAW;
  /** what it answers with when all is well; a list where the caller may choose */
  response: Record<number, Content | readonly Content[]>;
  handler: (context: RouteContext) => Promise<Reply> | Reply;
}

/** What an answer holds: JSON, or the content type of what is no JSON; null is no body. */
export type Content = z.ZodType | string | null;

export const RAW = "raw";

/** The routes of one REST resource. */
export interface Resource {
  name: string;
  /** what one of them is called, for `No such plan.` */
  item: string;
  /** whether `/plans` is the same as `/api/plans` */
  alsoWithoutPrefix?: boolean;
  routes: Route[];
}

type Nothing = z.ZodObject<Record<never, never>>;

/**
 * Declares a route; exists for the types' sake only: the handler's context follows from path, query and
 * body.
 */
export function route<
  const Path extends string,
  Query extends z.ZodObject = Nothing,
  Body extends z.ZodObject | typeof RAW = Nothing,
>(
  definition: Omit<Route, "path" | "query" | "body" | "handler"> & {
    path: Path;
    query?: Query;
    body?: Body;
    handler: (
      context: RouteContext<PathParams<Path>, z.output<Query>, z.output<Extract<Body, z.ZodType>>>,
    ) => Promise<Reply> | Reply;
  },
): Route {
  return definition as Route;
}
