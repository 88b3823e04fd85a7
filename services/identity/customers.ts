import { isDeepStrictEqual } from "node:util";
import type { Customer as CustomerView } from "../../shared/contracts/customers";
import type { Knex } from "../../shared/db/open-database";
import { violatedConstraint } from "../../shared/db/transaction";
import { conflict, notFound, taken } from "../../shared/errors";
import { appendEvents } from "../../shared/events/outbox";
import { requireOwner, type Caller } from "../../shared/service/caller";
import { Customer } from "./models/customer";
import { customerEvent } from "./models/customer-view";
import type { User } from "./models/user";

/** The fields that people set; undefined leaves a field as it is, or at its default. */
export type CustomerFields = {
  [Field in Exclude<keyof CustomerView, "id" | "user" | "closed_at" | "created_at">]?:
    | CustomerView[Field]
    | undefined;
};

const DEFAULTS = { locale: "en", tax_status: "standard", metadata: {} } as const;

/** Writes a new customer and its event. */
export async function insertCustomer(
  trx: Knex.Transaction,
  fields: CustomerFields & { name: string; user_id?: string },
): Promise<Customer> {
  const customer = await Customer.query(trx)
    .insert({ ...DEFAULTS, ...given(fields) })
    .returning("*");
  await appendEvents<"identity">(trx, [
    { type: "customer.created", subject_id: customer.id, payload: customerEvent(customer) },
  ]);
  return customer;
}

/** Writes the customer that a new user is, to which the user belongs. */
export async function insertOwnCustomer(trx: Knex.Transaction, user: User): Promise<void> {
  const { id: user_id, username: name, email } = user;
  const { id: customer_id } = await insertCustomer(trx, { user_id, name, email });
  await trx("customer_users").insert({ customer_id, user_id });
}

/**
 * Changes a locked customer and writes its event, if anything differs.
 * @throws BillingError 409 for one that was erased
 */
export async function changeCustomer(
  trx: Knex.Transaction,
  customer: Customer,
  wanted: CustomerFields & Partial<Pick<Customer, "closed_at" | "closed_with_user">>,
): Promise<Customer> {
  const change = Object.fromEntries(
    Object.entries(given(wanted)).filter(
      ([field, value]) => !isDeepStrictEqual(value, customer[field as keyof Customer]),
    ),
  );
  if (Object.keys(change).length === 0) return customer;
  if (customer.erased_at !== null) throw conflict("customer.erased", "This customer was erased.");
  const changed = await Customer.query(trx).patchAndFetchById(customer.id, change);
  const type =
    customer.closed_at === null && changed.closed_at !== null ? "customer.closed" : "customer.updated";
  await appendEvents<"identity">(trx, [{ type, subject_id: changed.id, payload: customerEvent(changed) }]);
  return changed;
}

/**
 * What a user's change means for the customers: the user's own one keeps the same name and address as long as
 * they are the same. Customers whose only active user is deactivated are closed, and opened again when one of
 * their users is.
 */
export async function followUser(trx: Knex.Transaction, before: User, after: User): Promise<void> {
  if (before.username !== after.username || before.email !== after.email) {
    const own = await Customer.query(trx).findOne({ user_id: after.id }).forNoKeyUpdate();
    if (own !== undefined) {
      await changeCustomer(trx, own, {
        name: own.name === before.username ? after.username : undefined,
        email: own.email?.toLowerCase() === before.email.toLowerCase() ? after.email : undefined,
      });
    }
  }
  if (before.is_active === after.is_active) return;
  // Locked first: of two users who are deactivated together, the second one is the last.
  const customers = await Customer.query(trx)
    .whereIn("id", trx("customer_users").where({ user_id: after.id }).select("customer_id"))
    .orderBy("id")
    .forNoKeyUpdate();
  const served = after.is_active ? new Set<string>() : await withActiveUsers(trx, customers);
  for (const customer of customers) {
    if (after.is_active && customer.closed_with_user)
      await changeCustomer(trx, customer, { closed_at: null, closed_with_user: false });
    if (!after.is_active && customer.closed_at === null && !served.has(customer.id))
      await changeCustomer(trx, customer, { closed_at: await wallClock(trx), closed_with_user: true });
  }
}

/** Closes a locked customer; one that is closed stays as it is. */
export async function closeCustomer(trx: Knex.Transaction, customer: Customer): Promise<void> {
  const closed_at = customer.closed_at ?? (await wallClock(trx));
  // One that was closed on request does not open again with a user.
  await changeCustomer(trx, customer, { closed_at, closed_with_user: false });
}

/**
 * The customer that a caller names and may see, locked.
 * @throws BillingError 404 when it does not exist, or the caller does not belong to it
 */
export async function lockCustomer(
  trx: Knex.Transaction,
  reference: string,
  caller: Caller,
): Promise<Customer> {
  const { id } = await findCustomer(trx, reference, caller);
  const locked = await Customer.lock(trx, id);
  if (locked === undefined) throw notFound("customer");
  return locked;
}

/** The customer that a caller names and may see. @throws BillingError 404 */
export async function findCustomer(db: Knex, reference: string, caller: Caller): Promise<Customer> {
  const customer = await Customer.byReference(db, reference);
  if (customer === undefined) throw notFound("customer");
  requireOwner(caller, customer.id, "customer");
  return customer;
}

/** Turns the violation of a unique external id into an error that names the field. */
export async function refuseTakenExternalId<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (error) {
    if (violatedConstraint(error) !== "customers_external_id_key") throw error;
    throw taken("customer.external_id_taken", { field: "external_id", message: "is another customer's" });
  }
}

async function withActiveUsers(trx: Knex.Transaction, customers: Customer[]): Promise<Set<string>> {
  const ids = customers.map(({ id }) => id);
  const { rows } = await trx.raw<{ rows: { id: string }[] }>(
    `SELECT DISTINCT customer_id AS id FROM customer_users JOIN users ON users.id = user_id
     WHERE customer_id = ANY(?::uuid[]) AND is_active`,
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}

async function wallClock(trx: Knex.Transaction): Promise<string> {
  const { rows } = await trx.raw<{ rows: [{ now: string }] }>("SELECT clock_timestamp() AS now");
  return rows[0].now;
}

/** Leaves out what is undefined. */
function given<Fields extends object>(fields: Fields): Given<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Given<Fields>;
}

type Given<Fields> = { [Field in keyof Fields]?: Exclude<Fields[Field], undefined> };
