import { openDatabase, type Knex } from "./open-database";
import { errorCode } from "./transaction";

/**
 * The locks of services, each in the schema of the service that takes it: rows of its table `locks`, which no
 * other role can lock. (Postgres's advisory locks are numbers that every role of the database can take.) A
 * lock with keys has 256 rows, and a key has one of them by its hash.
 */
type LockName =
  /** identity: held by what depends on the number of staff accounts */
  | "staff_accounts"
  /** identity, by user name and origin: held while failed logins are counted and added to */
  | "login_attempts"
  /** identity, by network address: held while registrations are counted and added to */
  | "registrations"
  /** identity, by network address: held while requests for a new password are counted and added to */
  | "reset_requests"
  /** notifications: held while reminders are queued, and while those of paid invoices are cancelled */
  | "reminders";

/**
 * Holds a lock until the transaction ends.
 * @param key locks this text, and the few others with the same hash
 * @throws Error when no migration of the service has added the lock
 */
export async function lockInTransaction(trx: Knex.Transaction, name: LockName, key?: string): Promise<void> {
  const { rowCount } = await trx.raw<{ rowCount: number }>(
    "SELECT FROM locks WHERE name = ? AND bucket = coalesce(hashtext(?) & 255, 0) FOR UPDATE",
    [name, key ?? null],
  );
  if (rowCount !== 1) throw new Error(`there is no lock ${name}`);
}

/** Schema of the table that locks the preparing of databases; only the administrator can use it. */
const SETUP_SCHEMA = "billing_setup";
const NO_LIMITS = { statement_ms: 0, lock_ms: 0, idleInTransaction_ms: 0 };

/**
 * Runs `work` while no other process prepares the same database.
 * @param adminUrl of a role that may create schemas
 */
export async function withSetupLock<T>(adminUrl: string, work: () => Promise<T>): Promise<T> {
  const admin = openDatabase({ url: adminUrl, schema: SETUP_SCHEMA, poolSize: 1, limits: NO_LIMITS });
  try {
    await createSetupLock(admin);
    return await admin.transaction(async (trx) => {
      await trx.raw(`LOCK TABLE ${SETUP_SCHEMA}.lock IN ACCESS EXCLUSIVE MODE`);
      return work();
    });
  } finally {
    await admin.destroy();
  }
}

/** Another process that creates the same at this moment makes one of them fail; then it is there. */
const CREATED_MEANWHILE = new Set(["23505", "42P06", "42P07"]);

async function createSetupLock(admin: Knex): Promise<void> {
  for (const statement of [
    `CREATE SCHEMA IF NOT EXISTS ${SETUP_SCHEMA}`,
    `CREATE TABLE IF NOT EXISTS ${SETUP_SCHEMA}.lock ()`,
  ]) {
    await admin.raw(statement).catch((error: unknown) => {
      if (!CREATED_MEANWHILE.has(errorCode(error) ?? "")) throw error;
    });
  }
}
