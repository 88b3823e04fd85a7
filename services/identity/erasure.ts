import type { Knex } from "../../shared/db/open-database";
import { conflict } from "../../shared/errors";
import { forgetAnswers } from "../../shared/events/erasure";
import { appendEvents } from "../../shared/events/outbox";
import { withdrawLinks } from "./links";
import { takeMemberAway } from "./members";
import type { Customer } from "./models/customer";
import { User } from "./models/user";
import { endAllSessions } from "./sessions";

/** What stands in place of a name. */
const ERASED_NAME = "Erased";
/** No mail goes to the domain `invalid` (RFC 2606). */
const ERASED_EMAIL = "erased@erased.invalid";

/**
 * Erases a locked, closed customer and its own users, in the tables and in the events that are kept, so that
 * nobody reads the names from those later. The other services follow the event `customer.erased`.
 * @param passwordHash of a password that nobody knows
 * @throws BillingError 409 when one of its own users is staff
 */
export async function eraseCustomer(
  trx: Knex.Transaction,
  customer: Customer,
  passwordHash: string,
): Promise<void> {
  const users = await lockUsers(trx, customer);
  const own = users.filter(({ belongs_elsewhere }) => !belongs_elsewhere);
  if (own.some(({ is_staff }) => is_staff))
    throw conflict("customer.has_staff", "A user of this customer is staff. Take that right away first.");
  await withdrawLinks(trx, { customer_id: customer.id });
  for (const { id, belongs_elsewhere, is_member } of users) {
    if (belongs_elsewhere && is_member) await takeMemberAway(trx, customer.id, id);
    if (belongs_elsewhere) continue;
    await withdrawLinks(trx, { user_id: id });
    await endAllSessions(trx, id);
  }
  const ids = own.map(({ id }) => id);
  await eraseUsers(trx, own, passwordHash);
  await trx("customer_users").where({ customer_id: customer.id }).delete();
  await trx("account_links")
    .where({ customer_id: customer.id })
    .orWhereIn("user_id", ids)
    .update({ email: ERASED_EMAIL });
  await trx("customers")
    .where({ id: customer.id })
    .update({
      external_id: null,
      name: ERASED_NAME,
      email: null,
      locale: "en",
      address: null,
      vat_id: null,
      tax_status: "standard",
      metadata: "{}",
      closed_with_user: false,
      erased_at: trx.raw("clock_timestamp()"),
    });
  await eraseFromEvents(trx, customer.id, ids);
  await forgetAnswers(trx, [customer.id, ...ids]);
  await appendEvents<"identity">(trx, [
    { type: "customer.erased", subject_id: customer.id, payload: { id: customer.id, users: ids } },
  ]);
}

type ItsUser = User & { belongs_elsewhere: boolean; is_member: boolean };

/** The users who belong to a customer, and who signed up as it, locked. */
async function lockUsers(trx: Knex.Transaction, { id, user_id }: Customer): Promise<ItsUser[]> {
  const { rows } = await trx.raw<{ rows: ItsUser[] }>(
    `SELECT users.*,
       EXISTS (SELECT FROM customer_users WHERE user_id = users.id AND customer_id <> :id)
         AS belongs_elsewhere,
       EXISTS (SELECT FROM customer_users WHERE user_id = users.id AND customer_id = :id) AS is_member
     FROM users
     WHERE users.id = :user_id OR users.id IN (SELECT user_id FROM customer_users WHERE customer_id = :id)
     ORDER BY users.id FOR NO KEY UPDATE`,
    { id, user_id },
  );
  return rows;
}

async function eraseUsers(trx: Knex.Transaction, users: ItsUser[], password_hash: string): Promise<void> {
  const ids = users.map(({ id }) => id);
  // Names that a user had before are in the events that are kept.
  await trx.raw(
    `WITH names AS (
       SELECT DISTINCT lower(payload ->> 'username') AS name FROM outbox
       WHERE type IN ('user.registered', 'user.updated') AND subject_id = ANY(:ids::text[])
       UNION SELECT lower(username) FROM users WHERE id = ANY(:ids::uuid[])
     ), told AS (
       UPDATE outbox SET payload = payload || jsonb_build_object('username', :name::text)
       WHERE type = 'user.email_used_again' AND lower(payload ->> 'username') IN (SELECT name FROM names)
     )
     DELETE FROM login_attempts WHERE username IN (SELECT name FROM names)`,
    { ids, name: ERASED_NAME },
  );
  await trx.raw("DELETE FROM reset_requests WHERE lower(email) = ANY(?::text[])", [
    users.map(({ email }) => email.toLowerCase()),
  ]);
  await trx("totp").whereIn("user_id", ids).delete();
  await trx("users")
    .whereIn("id", ids)
    .update({
      username: trx.raw("'erased-' || id"),
      email: ERASED_EMAIL,
      email_confirmed_at: null,
      password_hash,
      is_active: false,
      erased_at: trx.raw("clock_timestamp()"),
    });
}

/** The feed tells late readers that there was a customer, and not who it was. */
async function eraseFromEvents(trx: Knex.Transaction, customer: string, users: string[]): Promise<void> {
  await trx.raw(
    `UPDATE outbox SET payload = payload || CASE
       WHEN type IN ('customer.created', 'customer.updated', 'customer.closed') THEN jsonb_build_object(
         'name', :name::text, 'external_id', null, 'email', null, 'locale', 'en', 'address', null,
         'vat_id', null, 'tax_status', 'standard')
       WHEN type IN ('user.registered', 'user.updated')
         THEN jsonb_build_object('username', 'erased-' || subject_id, 'email', :email::text)
       ELSE jsonb_build_object('old_email', :email::text)
     END
     WHERE (subject_id = :customer AND type IN ('customer.created', 'customer.updated', 'customer.closed'))
       OR (subject_id = ANY(:users::text[])
         AND type IN ('user.registered', 'user.updated', 'user.email_changed'))`,
    { customer, users, name: ERASED_NAME, email: ERASED_EMAIL },
  );
}
