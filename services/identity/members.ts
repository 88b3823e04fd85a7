import { MAX_CUSTOMERS } from "../../shared/contracts/identity";
import type { Knex } from "../../shared/db/open-database";
import { conflict, notFound } from "../../shared/errors";
import { appendEvents } from "../../shared/events/outbox";
import { Customer } from "./models/customer";
import { endAllSessions } from "./sessions";

/**
 * Lets a user, whose row this transaction has locked, belong to a customer. Who does already stays so.
 * @throws BillingError 409 for a closed customer, and for a user with too many
 */
export async function addMember(trx: Knex.Transaction, customer_id: string, user_id: string): Promise<void> {
  const customer = await Customer.lock(trx, customer_id);
  if (customer === undefined) throw notFound("customer");
  requireOpen(customer);
  const others = await trx("customer_users").where({ user_id }).pluck<string[]>("customer_id");
  if (others.includes(customer_id)) return;
  if (others.length >= MAX_CUSTOMERS)
    throw conflict("user.too_many_customers", `A user can belong to at most ${MAX_CUSTOMERS} customers.`);
  await trx("customer_users").insert({ customer_id, user_id });
  await tell(trx, "customer.member_joined", { customer: customer_id, user: user_id });
}

/**
 * Takes a user, whose row this transaction has locked, away from a locked customer, and ends the user's
 * sessions: their access tokens name the customer.
 * @throws BillingError 404 for a user who does not belong to it
 */
export async function takeMemberAway(
  trx: Knex.Transaction,
  customer_id: string,
  user_id: string,
): Promise<void> {
  if ((await trx("customer_users").where({ customer_id, user_id }).delete()) === 0) throw notFound("member");
  await endAllSessions(trx, user_id);
  await tell(trx, "customer.member_removed", { customer: customer_id, user: user_id });
}

/** @throws BillingError 409 */
export function requireOpen({ closed_at }: Customer): void {
  if (closed_at !== null) throw conflict("customer.closed", "This customer is closed.");
}

function tell(
  trx: Knex.Transaction,
  type: "customer.member_joined" | "customer.member_removed",
  payload: { customer: string; user: string },
): Promise<void> {
  return appendEvents<"identity">(trx, [{ type, subject_id: payload.customer, payload }]);
}
