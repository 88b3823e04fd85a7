import { addDays } from "../../../shared/time";
import { FIRST_DAY, writeBillables, writePlans } from "../books";
import type { Database } from "../database";
import { BILLING, billForReal, startQuietSystem } from "../real-run";
import { inTurn } from "../turns";
import type { Bench, Measure } from "./measure";

const DUE_A_DAY = 1_000;
const FEW = 10_000;
/** Days with as many due each as few customers allow; what is due later is never billed here. */
const DAYS = FEW / DUE_A_DAY;
const MUCH_LATER = 25;

/**
 * What a day with 1,000 due costs among a million billables, as a multiple of the same among ten thousand.
 */
export const growth: Measure = async (bench) => {
  const many = bench.quick ? 100_000 : 1_000_000;
  const sizes = [FEW, many];
  const databases = await Promise.all(sizes.map((count) => prepare(bench, count)));
  const systems = [];
  const times: [number[], number[]] = [[], []];
  try {
    for (const db of databases) systems.push(await startQuietSystem(db, BILLING));
    for (let day = 0; day < DAYS; day++) {
      for (const [which, took] of inTurn([...times.entries()], day)) {
        const [db, system] = [databases[which], systems[which]];
        if (db === undefined || system === undefined) continue;
        took.push(await billForReal(db, system.broker, addDays(FIRST_DAY, day)));
      }
    }
    for (const db of databases) await expectAllBilled(db);
  } finally {
    for (const system of systems) await system.stop();
    for (const db of databases) await db.drop();
  }
  // The first day is the one on which plans are made and code is compiled.
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
  await writeBillables(
    db,
    count,
    `DATE '${FIRST_DAY}' + CASE WHEN n % ${count / FEW} = 0 THEN (n / ${count / FEW}) % ${DAYS} ELSE ${MUCH_LATER} END`,
  );
  return db;
}
