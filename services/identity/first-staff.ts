import { randomBytes } from "node:crypto";
import type { ServiceEnv } from "../../shared/service/service-env";
import { ConfigError, type Config } from "../../shared/config/config";
import * as rules from "../../shared/contracts/identity";
import type { Knex } from "../../shared/db/open-database";
import { changeAccount, insertAccount, lockStaffAccounts } from "./accounts";
import { passwordProblem } from "./domain/password-rules";
import { User } from "./models/user";
import { hashPassword, randomPassword, verifyPassword } from "./passwords";

type StaffConfig = NonNullable<Config["staff"]>;

/**
 * Creates the first staff account: the one of STAFF_*. Without those variables, and only when one process is
 * the whole system, it creates one with a random password and shows that once. Of several instances that
 * start together, one creates it.
 * @throws ConfigError when STAFF_* are not valid
 */
export async function ensureFirstStaff(env: ServiceEnv): Promise<void> {
  if (env.config.staff !== undefined) await ensureConfigured(env, env.config.staff);
  else if (env.config.oneProcess) await ensureAnnounced(env);
}

/**
 * An existing account keeps its password. It becomes staff only if STAFF_PASSWORD is that password: somebody
 * else may have registered the name first, and must not become staff.
 */
async function ensureConfigured(env: ServiceEnv, staff: StaffConfig): Promise<void> {
  requireUsable(staff);
  const existing = await User.byUsername(env.db, staff.username);
  if (existing === undefined) return create(env, staff);
  if (existing.is_staff && existing.is_active) return;
  if (await verifyPassword(existing.password_hash, staff.password)) {
    await changeAccount(env, existing.id, { is_staff: true, is_active: true });
    return;
  }
  env.log.warn(
    { user_id: existing.id },
    "the account of STAFF_USERNAME is not active staff and has another password: it was not changed",
  );
}

async function create(env: ServiceEnv, { username, email, password }: StaffConfig): Promise<void> {
  const password_hash = await hashPassword(password);
  await env.transaction(async (trx) => {
    await lockStaffAccounts(trx);
    if ((await User.byUsername(trx, username)) !== undefined) return;
    await insertAccount(trx, { username, email, password_hash, is_staff: true });
  });
}

async function ensureAnnounced(env: ServiceEnv): Promise<void> {
  if (await staffExists(env.db)) return;
  const password = randomPassword();
  const password_hash = await hashPassword(password);
  const created = await env.transaction(async (trx) => {
    await lockStaffAccounts(trx);
    if (await staffExists(trx)) return undefined;
    const isFree = (await User.byUsername(trx, "admin")) === undefined;
    const name = isFree ? "admin" : `admin-${randomBytes(4).toString("hex")}`;
    // This domain can never exist (RFC 2606): the account has no mailbox until somebody sets one.
    return insertAccount(trx, {
      username: name,
      email: `${name}@billing.invalid`,
      password_hash,
      is_staff: true,
    });
  });
  if (created !== undefined) {
    env.broker.runtime.announcements.push(
      `First staff account  ${created.username} / ${password}  (shown once)`,
    );
  }
}

async function staffExists(db: Knex): Promise<boolean> {
  return (await User.query(db).findOne({ is_staff: true })) !== undefined;
}

function requireUsable(staff: StaffConfig): void {
  const problems = {
    STAFF_USERNAME: rules.username.safeParse(staff.username).error?.issues[0]?.message,
    STAFF_EMAIL: rules.email.safeParse(staff.email).error?.issues[0]?.message,
    STAFF_PASSWORD: passwordProblem(staff.password, staff),
  };
  const found = Object.entries(problems).filter(([, problem]) => problem !== undefined);
  if (found.length > 0)
    throw new ConfigError(found.map(([name, problem]) => `${name}: ${problem}`).join("\n"));
}
