import type Stripe from "stripe";
import type { Store, TableName, Tables } from "../state/store";
import { noSuch } from "./errors";
import type { FormObject } from "./form";

/** What code that changes objects needs: the store, the time, and a way to record events. */
export interface Scope {
  store: Store;
  /** ms since 1970. */
  nowMs: number;
  /** Records an event with a copy of the object as it is now, and sends it to the webhook endpoints. */
  emit(type: Stripe.Event["type"], object: object, previousAttributes?: object): void;
}

export type KeyKind = "secret" | "publishable";

/** One API request, authenticated and parsed. */
export interface Call extends Scope {
  key: KeyKind;
  /** Body or query, without `expand`. */
  params: FormObject;
  /** The named segments of the path. */
  path: Readonly<Record<string, string>>;
}

/** Answers a call in one synchronous step, so that no other request sees half of it. */
export type Handler = (call: Call) => object;

export interface Route {
  method: "GET" | "POST" | "DELETE";
  /** `/v1/customers/:id` */
  path: string;
  handler: Handler;
  /** Open to a publishable key that comes with a client secret. */
  publishable?: true;
}

/** The time in seconds since 1970, for `created`. */
export function seconds(scope: Scope): number {
  return Math.floor(scope.nowMs / 1000);
}

/** What messages call the objects of a table. */
function kindOf(table: TableName): string {
  return table === "payment_methods" ? "PaymentMethod" : table.replace(/s$/, "");
}

/**
 * The object of that id.
 * @throws ApiError 404 `resource_missing` that names the parameter
 */
export function find<Name extends TableName>(
  scope: Scope,
  table: Name,
  id: string,
  param = "id",
): Tables[Name] {
  const row = scope.store.get(table, id);
  if (row === undefined) throw noSuch(kindOf(table), id, param);
  return row;
}

/** The id in the path (`:id`), found in its table. */
export function findInPath<Name extends TableName>(call: Call, table: Name): Tables[Name] {
  return find(call, table, call.path["id"] ?? "");
}

/** A customer that exists and was not deleted. */
export function findCustomer(scope: Scope, id: string, param = "customer"): Stripe.Customer {
  const customer = find(scope, "customers", id, param);
  if (customer.deleted) throw noSuch("customer", id, param);
  return customer;
}
