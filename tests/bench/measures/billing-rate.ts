import { FIRST_DAY, monthsAfter, vacuum, writeBillables, writePlans } from "../billing-data";
import type { Database } from "../database";
import { billWithOneStatement, writeBareInvoices } from "../one-statement";
import { BILLING, runBilling, startIdleSystem } from "../billing-run";
import { rotate } from "../rotate";
import type { Bench, Measure } from "./measure";

/** At full size, ten months of the same customers are a million invoices. */
const MONTHS_BEFORE = 10;

/**
 * Invoices per second of a billing run, of its own statement with everything in one page, and of a run on
 * filled tables; beside them bare rows.
 */
export const billingRate: Measure = async (bench) => {
  const due = await bench.postgres.empty.clone("bench_due");
  await writePlans(due);
  await writeBillables(due, bench.due, `'${FIRST_DAY}'`);
  const filled = await fill(await due.clone("bench_filled"));
  const rates = {
    bare: [] as number[],
    oneStatement: [] as number[],
    ours: [] as number[],
    filled: [] as number[],
  };
  // The speed of a shared machine varies by a third within a minute, so there are more rounds than elsewhere.
  for (let round = 1; round <= 2 * bench.rounds + 1; round++) {
    const measurements = [
      async () =>
        void rates.bare.push(
          await onCopy(due, async (db) => bench.due / ((await writeBareInvoices(db, bench.due)) / 1000)),
        ),
      async () => void rates.oneStatement.push(await onCopy(due, (db) => oneStatementRate(bench, db))),
      async () => void rates.ours.push(await onCopy(due, (db) => ourRate(bench, db, FIRST_DAY))),
      async () =>
        void rates.filled.push(
          await ourRate(bench, filled, await monthsAfter(filled, FIRST_DAY, MONTHS_BEFORE + round - 1)),
        ),
    ];
    for (const measure of rotate(measurements, round)) await measure();
    const latest = Object.entries(rates).map(([name, values]) => `${name} ${values.at(-1)?.toFixed()}/s`);
    bench.log(`round ${round}: ${latest.join(", ")}`);
  }
  await Promise.all([due.drop(), filled.drop()]);
  const count = `${bench.due} due`;
  const versus = (a: number[], b: number[]) => a.map((rate, round) => rate / (b[round] ?? Number.NaN));
  return [
    {
      key: "bare_rate",
      what: `a. bare rows without lines, events and indexes, ${count}`,
      unit: "/s",
      values: rates.bare,
    },
    {
      key: "limit_rate",
      what: `a. the run's statement with one page of everything, ${count}`,
      unit: "/s",
      values: rates.oneStatement,
    },
    { key: "ours_rate", what: `a. billing run, ${count}`, unit: "/s", values: rates.ours },
    {
      key: "ratio",
      what: "a. billing run : its statement with one page",
      unit: "ratio",
      values: versus(rates.ours, rates.oneStatement),
      goal: { atLeast: 0.9 },
    },
    {
      key: "ratio_at_1m",
      what: `a. with ${MONTHS_BEFORE * bench.due} issued before : on empty tables`,
      unit: "ratio",
      values: versus(rates.filled, rates.ours),
      goal: { atLeast: 0.75 },
    },
  ];
};

async function fill(db: Database): Promise<Database> {
  for (let month = 0; month < MONTHS_BEFORE; month++)
    await billWithOneStatement(db, await monthsAfter(db, FIRST_DAY, month));
  await vacuum(db);
  return db;
}

async function onCopy(original: Database, work: (db: Database) => Promise<number>): Promise<number> {
  const copy = await original.clone("bench_copy");
  try {
    return await work(copy);
  } finally {
    await copy.drop();
  }
}

async function oneStatementRate(bench: Bench, db: Database): Promise<number> {
  const took_ms = await billWithOneStatement(db, FIRST_DAY);
  await expectInvoices(db, FIRST_DAY, bench.due);
  return bench.due / (took_ms / 1000);
}

async function ourRate(bench: Bench, db: Database, day: string): Promise<number> {
  const system = await startIdleSystem(db, BILLING);
  try {
    const took_ms = await runBilling(db, system.broker, day);
    await expectInvoices(db, day, bench.due);
    return bench.due / (took_ms / 1000);
  } finally {
    await system.stop();
  }
}

/** All of them must write the same rows. */
async function expectInvoices(db: Database, day: string, expected: number): Promise<void> {
  const [found] = await db.query<Record<string, number>>(
    `SELECT (SELECT count(*) FROM invoicing.invoices WHERE issue_date = $1)::integer AS invoices,
            (SELECT count(*) FROM invoicing.invoices
             WHERE issue_date = $1 AND jsonb_array_length(lines) = 1)::integer AS lines,
            (SELECT count(*) FROM invoicing.outbox JOIN invoicing.invoices ON subject_id = invoices.id::text
             WHERE issue_date = $1 AND type = 'invoice.issued')::integer AS events,
            (SELECT count(*) FROM invoicing.billables WHERE next_start > $1::date)::integer AS moved`,
    [day],
  );
  for (const [what, count] of Object.entries(found ?? {})) {
    if (count !== expected) throw new Error(`${count} ${what} instead of ${expected} on ${day}`);
  }
}
