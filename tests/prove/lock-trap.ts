import { setTimeout as delay } from "node:timers/promises";
import type { Knex } from "../../shared/db/open-database";
import { NEXT_DUE_PERIOD } from "./faults";

/** How long a trap waits until something is caught. */
const CATCH_WITHIN_MS = 1_500;
const POLL_MS = 5;

/** A connection of the product that waits for a lock of ours. */
export interface BlockedConnection {
  /** the process id of its server side */
  pid: number;
  /** the port of its client side */
  port: number;
}

/**
 * Holds a lock, or an uncommitted row, in a transaction of its own, until a transaction of the product waits
 * for it. That one is then caught half done.
 */
export class LockTrap {
  readonly #db: Knex;
  readonly #trx: Knex.Transaction;
  readonly #pid: number;

  private constructor(db: Knex, trx: Knex.Transaction, pid: number) {
    this.#db = db;
    this.#trx = trx;
    this.#pid = pid;
  }

  /** @param target a table, `table WHERE condition` for row locks, or NEXT_DUE_PERIOD */
  static onTarget(db: Knex, target: string): Promise<LockTrap> {
    return LockTrap.#set(db, async (trx) => {
      if (target === NEXT_DUE_PERIOD) await untilRows(trx, INVOICE_OF_NEXT_DUE_PERIOD);
      else if (target.includes(" WHERE "))
        await untilRows(trx, `SELECT FROM ${target} FOR UPDATE SKIP LOCKED`);
      else await trx.raw(`LOCK TABLE ${target} IN SHARE MODE`);
    });
  }

  /** Catches whoever subscribes this customer. */
  static onSubscribing(db: Knex, userId: string): Promise<LockTrap> {
    return LockTrap.#set(db, async (trx) => void (await trx.raw(ACTIVE_SUBSCRIPTION, [userId])));
  }

  static async #set(db: Knex, takeLock: (trx: Knex.Transaction) => Promise<void>): Promise<LockTrap> {
    const trx = await db.transaction();
    try {
      await takeLock(trx);
      const { rows } = await trx.raw<{ rows: { pid: number }[] }>("SELECT pg_backend_pid() AS pid");
      return new LockTrap(db, trx, rows[0]?.pid ?? 0);
    } catch (error) {
      await trx.rollback();
      throw error;
    }
  }

  /** The first connection that is caught, undefined when none is within 1.5 s. */
  async waitForBlocked(): Promise<BlockedConnection | undefined> {
    const deadline = Date.now() + CATCH_WITHIN_MS;
    while (Date.now() < deadline) {
      // Of several, the oldest transaction. Our own connections are those of "public".
      const { rows } = await this.#db.raw<{ rows: BlockedConnection[] }>(
        `SELECT pid, client_port AS port FROM pg_stat_activity
         WHERE datname = current_database()
           AND application_name LIKE 'billing:%' AND application_name <> 'billing:public'
           AND ? = ANY(pg_blocking_pids(pid))
         ORDER BY backend_xid::text::bigint NULLS LAST`,
        [this.#pid],
      );
      if (rows[0] !== undefined) return rows[0];
      await delay(POLL_MS);
    }
    return undefined;
  }

  /** Rolls back, so that whoever waits goes on. May be called again. */
  async release(): Promise<void> {
    if (!this.#trx.isCompleted()) await this.#trx.rollback();
  }
}

/** A customer has one active subscription at most, so the customer's own INSERT waits for this one. */
const ACTIVE_SUBSCRIPTION = `
  INSERT INTO subscriptions.subscriptions
    (customer_id, plan_id, product, start_date, currency, interval, interval_count, trial_days,
     created_on, created_at)
  SELECT ?, gen_random_uuid(), 'default', day, 'usd', 'month', 1, 0, day, day
  FROM (VALUES (DATE '2000-01-01')) AS any_day(day)`;

/**
 * Whoever bills this period waits for this row. Of the periods that start on that day it takes the one that a
 * page bills last.
 */
const INVOICE_OF_NEXT_DUE_PERIOD = `
  INSERT INTO invoicing.invoices
    (sequence, subscription_id, customer_id, plan_id, period_index, period_start, period_end, lines,
     subtotal_minor, amount_minor, currency, issue_date, due_date, status, paid_at)
  SELECT 1000000000 + floor(random() * 1000000000)::bigint, subscription_id, customer_id, plan_id,
         next_index, next_start, next_start + 1, '[]', 0, 0, 'usd', next_start, next_start, 'paid', now()
  FROM invoicing.billables WHERE next_start IS NOT NULL ORDER BY next_start, subscription_id DESC LIMIT 1
  ON CONFLICT DO NOTHING`;

/** Repeats a statement until it affects rows, for as long as a trap waits. */
async function untilRows(trx: Knex.Transaction, statement: string): Promise<void> {
  const deadline = Date.now() + CATCH_WITHIN_MS;
  while (Date.now() < deadline) {
    const { rowCount } = await trx.raw<{ rowCount: number }>(statement);
    if (rowCount > 0) return;
    await delay(POLL_MS);
  }
}
