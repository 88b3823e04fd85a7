import type { Knex } from "./open-database";

/**
 * All advisory locks of the system. Postgres knows them by their numbers alone, in the whole database, so two
 * of them must never share one. Those with a key are many locks: one for each hash of a text.
 */
const LOCKS = {
  /** Who prepares the database: processes that start together take turns. */
  prepareDatabases: 4_242_001,
  /** Who queues reminders, and who cancels those of invoices that were paid. */
  reminders: 7_310_001,
  /** Who decides by how many staff accounts there are. */
  staffAccounts: 7_301_001,
  /** Who counts the failed logins of a user name, or of a network address, and adds one. */
  loginsOfUsername: 73_011,
  loginsOfAddress: 73_012,
} as const;

type LockName = keyof typeof LOCKS;

/** Holds a lock until the transaction ends. @param key makes it a lock of this text alone */
export async function lockInTransaction(trx: Knex.Transaction, name: LockName, key?: string): Promise<void> {
  if (key === undefined) await trx.raw("SELECT pg_advisory_xact_lock(?)", [LOCKS[name]]);
  else await trx.raw("SELECT pg_advisory_xact_lock(?, hashtext(?))", [LOCKS[name], key]);
}

/**
 * Holds a lock while `work` runs.
 * @param db a pool of one connection: the lock belongs to the connection
 */
export async function withLock<T>(db: Knex, name: LockName, work: () => Promise<T>): Promise<T> {
  await db.raw("SELECT pg_advisory_lock(?)", [LOCKS[name]]);
  try {
    return await work();
  } finally {
    // A connection that is lost has lost its locks, too.
    await db.raw("SELECT pg_advisory_unlock(?)", [LOCKS[name]]).catch(() => undefined);
  }
}
