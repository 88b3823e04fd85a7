import { billPage } from "../../services/invoicing/queries/bill-page";
import { PASS_START } from "../../services/invoicing/queries/claims";
import { openDatabase } from "../../shared/db/open-database";
import type { Database } from "./database";

/** More than there ever is. */
const EVERYTHING = 1_000_000_000;

/**
 * Bills everything due up to a day with the run's own statement, as a page of everything: without pages,
 * events and their readers.
 * @returns how long it took, in ms
 */
export async function billWithOneStatement(database: Database, asOf: string): Promise<number> {
  await database.checkpoint();
  const db = openDatabase({ url: database.url, schema: "invoicing", poolSize: 1 });
  try {
    await db.raw("SET statement_timeout = 0");
    const claim = { kind: "due", asOf, after: PASS_START, limit: EVERYTHING } as const;
    const began = performance.now();
    await billPage(db, claim, { zone: "UTC", dueDays: 7, runId: null });
    return performance.now() - began;
  } finally {
    await db.destroy();
  }
}

/** Writes bare rows: invoices of the same columns without lines, buyers, secondary indexes and events. */
export async function writeBareInvoices(database: Database, count: number): Promise<number> {
  await database.query(
    `CREATE TABLE bare (id uuid PRIMARY KEY, sequence bigint, subscription_id uuid, customer_id uuid,
       plan_id uuid, period_index integer, period_start date, period_end date, amount_minor bigint,
       currency char(3), issue_date date, due_date date, status text)`,
  );
  await database.checkpoint();
  const began = performance.now();
  await database.query(
    `INSERT INTO bare
     SELECT uuidv7(), row_number() OVER (), subscription_id, customer_id, plan_id, next_index, next_start,
            next_start + 30, 49900, 'usd', next_start, next_start + 7, 'pending'
     FROM invoicing.billables LIMIT $1`,
    [count],
  );
  return performance.now() - began;
}
