import { conflict, invalid, notFound } from "../../shared/errors";
import type { ServiceEnv } from "../../shared/service/service-env";
import { lockInTransaction } from "../../shared/db/locks";
import type { Knex } from "../../shared/db/open-database";
import { violatedConstraint } from "../../shared/db/transaction";
import { appendEvents } from "../../shared/events/outbox";
import { followUser, insertOwnCustomer } from "./customers";
import { passwordProblem } from "./domain/password-rules";
import { effectiveChange, endsAccess, leavesStaff, type Wanted } from "./domain/user-change";
import { withdrawLinks } from "./links";
import { User } from "./models/user";
import { userEvent } from "./models/user-view";
import { hashPassword } from "./passwords";
import { endAllSessions } from "./sessions";

export interface NewAccount {
  username: string;
  email: string;
  password: string;
  is_staff: boolean;
}

/**
 * Creates an account. Its hash takes a place in the hashing queue, which is the caller's.
 * @param alsoWrite what the same transaction writes besides
 * @throws BillingError 400 naming username
 */
export async function createAccount(
  env: Pick<ServiceEnv, "transaction">,
  { password, ...account }: NewAccount,
  alsoWrite: (trx: Knex.Transaction, user: User) => Promise<void> = async () => {},
): Promise<User> {
  const password_hash = await hashPassword(password);
  return withFieldNames(
    env.transaction(async (trx) => {
      const user = await insertAccount(trx, { ...account, password_hash });
      await alsoWrite(trx, user);
      return user;
    }),
  );
}

/** An account whose fields were checked, and whose password was hashed. */
export type CheckedAccount = Omit<NewAccount, "password"> & {
  password_hash: string;
  /** wall clock; undefined where nobody has confirmed the address yet */
  email_confirmed_at?: string;
};

/**
 * Writes a checked account, the customer that it is, and their events.
 * @throws Postgres's unique violation when the user name is in use
 */
export async function insertAccount(trx: Knex.Transaction, account: CheckedAccount): Promise<User> {
  const user = await insertUser(trx, account);
  await insertOwnCustomer(trx, user);
  return user;
}

/**
 * Writes a checked account and its events, without a customer.
 * @throws Postgres's unique violation when the user name is in use
 */
export async function insertUser(trx: Knex.Transaction, account: CheckedAccount): Promise<User> {
  const user = await User.query(trx).insert(account).returning("*");
  const payload = userEvent(user);
  await appendEvents<"identity">(trx, [{ type: "user.registered", subject_id: user.id, payload }]);
  await reportSharedEmail(trx, user);
  return user;
}

/**
 * Changes an account in a transaction of its own, as `changeUser`.
 * @throws BillingError as `changeUser`; 400 naming username
 */
export function changeAccount(
  env: Pick<ServiceEnv, "transaction">,
  id: string,
  wanted: Wanted,
  checkedHash?: string,
): Promise<User> {
  return withFieldNames(env.transaction((trx) => changeUser(trx, id, wanted, checkedHash)));
}

/**
 * Changes an account and writes its events, if anything differs. Ends all its sessions and links when the
 * change requires it (see `endsAccess`). A new address is confirmed by nobody, and the old one is told.
 * @param checkedHash the password hash that the caller's current password was checked against, if it was
 * @throws BillingError 404; 400 naming current_password; 409 for the last active staff account
 */
export async function changeUser(
  trx: Knex.Transaction,
  id: string,
  wanted: Wanted,
  checkedHash?: string,
): Promise<User> {
  if (wanted.is_staff === false || wanted.is_active === false) await lockStaffAccounts(trx);
  const user = await User.lock(trx, id);
  if (user === undefined) throw notFound("user");
  if (checkedHash !== undefined && checkedHash !== user.password_hash) throw wrongCurrentPassword();
  const change = effectiveChange(user, wanted);
  if (Object.keys(change).length === 0) return user;
  if (user.erased_at !== null) throw conflict("user.erased", "This account was erased.");
  if (leavesStaff(user, change)) await requireOtherStaff(trx, id);
  if (endsAccess(change)) await endAllSessions(trx, id);
  if (endsAccess(change) || change.email !== undefined) await withdrawLinks(trx, { user_id: id });
  const changed = await user.change(trx, change);
  const payload = userEvent(changed);
  await appendEvents<"identity">(trx, [{ type: "user.updated", subject_id: id, payload }]);
  await followUser(trx, user, changed);
  if (change.email === undefined) return changed;
  await appendEvents<"identity">(trx, [
    { type: "user.email_changed", subject_id: id, payload: { user_id: id, old_email: user.email } },
  ]);
  await reportSharedEmail(trx, changed);
  return confirmEmailOf(trx, changed, null);
}

/** Writes who has confirmed the address of a locked user: null for nobody. */
export function confirmEmailOf(trx: Knex.Transaction, user: User, at: string | null): Promise<User> {
  return User.query(trx).patchAndFetchById(user.id, { email_confirmed_at: at }).execute();
}

/**
 * Writes an event for the user who had this address before, if there is one. Only the owner of the mailbox
 * learns it.
 */
async function reportSharedEmail(trx: Knex.Transaction, { id, email, username }: User): Promise<void> {
  const owner = await User.firstByEmail(trx, email).whereNot({ id });
  if (owner === undefined) return;
  const payload = { user_id: owner.id, username };
  await appendEvents<"identity">(trx, [{ type: "user.email_used_again", subject_id: owner.id, payload }]);
}

/** Locks out other transactions that depend on how many staff accounts there are. */
export async function lockStaffAccounts(trx: Knex.Transaction): Promise<void> {
  await lockInTransaction(trx, "staff_accounts");
}

/** @throws BillingError 400 naming the password and the rule it breaks */
export function requireGoodPassword(password: string, owner: { username: string; email: string }): void {
  const message = passwordProblem(password, owner);
  if (message !== undefined) throw invalid({ field: "password", message });
}

export function wrongCurrentPassword() {
  return invalid({ field: "current_password", message: "is not your password" });
}

async function requireOtherStaff(trx: Knex.Transaction, id: string): Promise<void> {
  const other = await User.query(trx).where({ is_staff: true, is_active: true }).whereNot({ id }).first();
  if (other === undefined) {
    throw conflict("user.last_staff", "This is the last active staff account. Create another one first.");
  }
}

const TAKEN: Record<string, { field: string; message: string }> = {
  users_username_unique: { field: "username", message: "is taken" },
};

/** Turns a unique violation into an error that names the field. The unique index also decides races. */
export async function withFieldNames<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (error) {
    const taken = TAKEN[violatedConstraint(error) ?? ""];
    throw taken === undefined ? error : invalid(taken);
  }
}
