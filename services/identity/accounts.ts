import { conflict, invalid, notFound } from "../../shared/errors";
import type { ServiceEnv } from "../../shared/service/service-env";
import { lockInTransaction } from "../../shared/db/locks";
import type { Knex } from "../../shared/db/open-database";
import { violatedConstraint } from "../../shared/db/transaction";
import { appendEvents } from "../../shared/events/outbox";
import { passwordProblem } from "./domain/password-rules";
import { effectiveChange, endsAccess, leavesStaff, type Wanted } from "./domain/user-change";
import { User } from "./models/user";
import { hashPassword } from "./passwords";
import { endAllSessions } from "./sessions";

export interface NewAccount {
  username: string;
  email: string;
  password: string;
  is_staff: boolean;
}

/**
 * Makes an account and tells of it.
 * @throws BillingError 400 naming password, username or email
 */
export async function createAccount(
  env: Pick<ServiceEnv, "transaction">,
  account: NewAccount,
): Promise<User> {
  requireGoodPassword(account.password, account);
  const password_hash = await hashPassword(account.password);
  return naming(env.transaction((trx) => insertAccount(trx, { ...account, password_hash })));
}

/**
 * Writes an account that was checked before, with its event.
 * @throws what Postgres says of a user name or email in use
 */
export async function insertAccount(
  trx: Knex.Transaction,
  { username, email, is_staff, password_hash }: Omit<NewAccount, "password"> & { password_hash: string },
): Promise<User> {
  const user = await User.query(trx).insert({ username, email, is_staff, password_hash }).returning("*");
  await appendEvents<"identity">(trx, [
    { type: "user.registered", subject_id: user.id, payload: user.fact() },
  ]);
  return user;
}

/**
 * Changes an account and tells of it, where anything differs. Ends all its sessions where the change asks for
 * that.
 * @param seenHash the password hash that the caller's own password was checked against, where it was
 * @throws BillingError 404; 400 naming username, email or current_password; 409 for the last active member of
 *   staff
 */
export async function changeAccount(
  env: Pick<ServiceEnv, "transaction">,
  id: string,
  wanted: Wanted,
  seenHash?: string,
): Promise<User> {
  const changing = env.transaction(async (trx) => {
    if (wanted.is_staff === false || wanted.is_active === false) await lockStaffAccounts(trx);
    const user = await User.lock(trx, id);
    if (user === undefined) throw notFound("user");
    if (seenHash !== undefined && seenHash !== user.password_hash) throw wrongCurrentPassword();
    const change = effectiveChange(user, wanted);
    if (Object.keys(change).length === 0) return user;
    if (leavesStaff(user, change)) await requireOtherStaff(trx, id);
    if (endsAccess(change)) await endAllSessions(trx, id);
    const changed = await user.change(trx, change);
    await appendEvents<"identity">(trx, [{ type: "user.updated", subject_id: id, payload: changed.fact() }]);
    return changed;
  });
  return naming(changing);
}

/** Whoever decides by how many members of staff there are waits here for others who do. */
export async function lockStaffAccounts(trx: Knex.Transaction): Promise<void> {
  await lockInTransaction(trx, "staffAccounts");
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
    throw conflict("user.last_staff", "This is the last active staff account; make another one first.");
  }
}

const TAKEN: Record<string, { field: string; message: string }> = {
  users_username_unique: { field: "username", message: "is taken" },
  users_email_unique: { field: "email", message: "is used by another account" },
};

/**
 * Turns what Postgres says of a name in use into an error that names the field; its index decides, also in a
 * race.
 */
async function naming<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (error) {
    const taken = TAKEN[violatedConstraint(error) ?? ""];
    throw taken === undefined ? error : invalid(taken);
  }
}
