import type { BillingBroker } from "../../shared/service/broker";
import type { ActionName, Call } from "../../shared/contracts";
import { id, type KeyScope } from "../../shared/contracts/contract";
import { customerReference, externalId } from "../../shared/contracts/customers";
import { z } from "zod";
import type { Caller } from "../../shared/service/caller";
import type { Config } from "../../shared/config/config";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/**
 * Who may use a route. `anyone`: the access token is not read. `optional`: also without a token, but a token
 * that is sent must be valid. `user`: signed in. `staff`: signed in as staff.
 */
export type Auth = "anyone" | "optional" | "user" | "staff";

type PathParams<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { [Key in Name | keyof PathParams<Rest>]: string }
  : unknown;

/** What a route's handler gets: the checked request, and the means to answer it. */
export interface RouteContext<Params = unknown, Query = unknown, Body = unknown> {
  params: Params;
  query: Query;
  body: Body;
  /** the body as it was sent, for signatures; empty when there was none */
  rawBody: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** path and query as clients send them, such as `/plans/?limit=2`; it starts with the base path */
  url: string;
  /** what comes before every path of ours at the public address, such as `/billing`; usually empty */
  basePath: string;
  /** the client's network address */
  client: string;
  caller: Caller;
  /** Calls an action on behalf of the caller. */
  call: Call;
  /** Calls an action as the system. */
  asGateway: Call;
  broker: BillingBroker;
  config: Config;
}

/** Path parameters that are not ids. */
const NAMES: Record<string, z.ZodString> = { customer: customerReference, external_id: externalId };

/** The schema of a parameter in a path: a UUID, unless its name says otherwise. */
export function pathParam(name: string): z.ZodType<string> {
  return NAMES[name] ?? id;
}

/** An answer. A body that is text is sent as it is, any other body as JSON; `undefined` is no body. */
export interface Reply {
  status: number;
  body?: unknown;
  /** content type; JSON when undefined */
  type?: string;
  headers?: Record<string, string>;
}

/** One operation of the API. The gateway runs it, and the OpenAPI description is made from it. */
export interface Route {
  method: Method;
  /** with parameters such as `{id}`, see `pathParam` */
  path: string;
  /** the name of the operation, such as `listPlans`; null for files of a page, which are not described */
  operation: string | null;
  auth: Auth;
  /** the scope that an API key needs, whatever `auth` says; undefined: no key may use it */
  key?: KeyScope;
  /** the actions that take the request's Idempotency-Key; a POST without them refuses one */
  idempotent?: readonly ActionName[];
  /** what the operation does, in a few words */
  summary: string;
  /** what its caller should know beyond the summary */
  description?: string;
  /** a strict schema refuses unknown parameters */
  query?: z.ZodObject;
  /** JSON of at most 64 KB; `RAW` is text of at most 1 MB that is not parsed */
  body?: z.ZodObject | typeof RAW;
  /** the answers by status, without errors; a list when the caller chooses between content types */
  response: Record<number, Content | readonly Content[]>;
  handler: (context: RouteContext) => Promise<Reply> | Reply;
}

/** What an answer holds: the schema of its JSON, or another content type; null is no body. */
export type Content = z.ZodType | string | null;

export const RAW = "raw";

/** The routes of one REST resource. */
export interface Resource {
  name: string;
  /** what it is, in a sentence */
  description: string;
  /** the singular, for the error `No such plan.` */
  item: string;
  /** true when `/plans` is the same as `/api/plans` */
  alsoWithoutPrefix?: boolean;
  routes: Route[];
}

type Nothing = z.ZodObject<Record<never, never>>;

/** Declares a route, so that the handler's types follow from path, query and body. */
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
