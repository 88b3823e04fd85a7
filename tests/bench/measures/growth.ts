import { addDays } from "../../../shared/time";
import { FIRST_DAY, writeBillables, writePlans } from "../billing-data";
import type { Database } from "../database";
import { BILLING, runBilling, startIdleSystem } from "../billing-run";
import { rotate } from "../rotate";
import type { Bench, Measure } from "./measure";

const DUE_A_DAY = 1_000;
const FEW = 10_000;
/** Each of these days has the same number due. The other subscriptions are due after them. */
const DAYS = FEW / DUE_A_DAY;
const MUCH_LATER = 25;

/** How long a day with 1,000 due takes among a million billables, as a multiple of ten thousand. */
export const growth: Measure = async (bench) => {
  const many = bench.quick ? 100_000 : 1_000_000;
  const sizes = [FEW, many];
  const databases = await Promise.all(sizes.map((count) => prepare(bench, count)));
  const systems = [];
  const times: [number[], number[]] = [[], []];
  try {
    for (const db of databases) systems.push(await startIdleSystem(db, BILLING));
    for (let day = 0; day < DAYS; day++) {
      for (const [which, took] of rotate([...times.entries()], day)) {
        const [db, system] = [databases[which], systems[which]];
        if (db === undefined || system === undefined) continue;
        took.push(await runBilling(db, system.broker, addDays(FIRST_DAY, day)));
      }
    }
    for (const db of databases) await expectAllBilled(db);
  } finally {
    for (const system of systems) await system.stop();
    for (const db of databases) await db.drop();
  }
  // On the first day, Postgres plans its statements and code is compiled.
  const [few, more] = times.map((took) => took.slice(1)) as [number[], number[]];
  return [
    { what: `c. a day with ${DUE_A_DAY} due among ${FEW}`, unit: "ms", values: few },
    { what: `c. a day with ${DUE_A_DAY} due among ${many}`, unit: "ms", values: more },
    {
      key: "growth_ratio",
      what: `c. among ${many} : among ${FEW}`,
      unit: "ratio",
      values: more.map((took, day) => took / (few[day] ?? Number.NaN)),
      goal: { atMost: 1.3 },
    },
  ];
};

async function expectAllBilled(db: Database): Promise<void> {
  const [row] = await db.query<{ count: number }>(
    "SELECT count(*)::integer AS count FROM invoicing.invoices",
  );
  if (row?.count !== FEW) throw new Error(`${row?.count} invoices instead of ${FEW}`);
}

async function prepare({ postgres }: Bench, count: number): Promise<Database> {
  const db = await postgres.empty.clone(`bench_growth_${count}`);
  await writePlans(db);
  const every = count / FEW;
  const day = `CASE WHEN n % ${every} = 0 THEN (n / ${every}) % ${DAYS} ELSE ${MUCH_LATER} END`;
  await writeBillables(db, count, `DATE '${FIRST_DAY}' + ${day}`);
  return db;
}
