import { databaseVariables } from "../../support/database-variables";
import { readFileSync } from "node:fs";
import { addDays } from "../../../shared/time";
import { startNats } from "../../support/nats-server";
import { startServiceProcess } from "../../support/processes";
import { FIRST_DAY, monthsAfter, writeBillables, writePlans } from "../billing-data";
import { QUIET_ENV, STRIPE_ENV } from "../servers";
import type { Database } from "../database";
import { awaitRun, emitInvoicesDue } from "../billing-run";
import type { Measure } from "./measure";

const FEW = 10_000;
const REST = "identity,catalog,subscriptions,payments,notifications,cron";

/** How much more memory invoicing's process needs for a million due subscriptions than for ten thousand. */
export const memory: Measure = async (bench) => {
  const many = bench.quick ? 100_000 : 1_000_000;
  const db = await bench.postgres.empty.clone("bench_memory");
  await writePlans(db);
  await writeBillables(db, FEW + many, `DATE '${FIRST_DAY}' + CASE WHEN n <= ${FEW} THEN 0 ELSE 1 END`);
  const nats = await startNats([REST]);
  const env = { ...QUIET_ENV, ...STRIPE_ENV, ...databaseVariables(db.url) };
  const rest = await startServiceProcess({ ...env, SERVICES: REST, NATS_URL: nats.urlFor(REST) });
  const invoicing = { ...env, SERVICES: "invoicing", NATS_URL: nats.urlFor("invoicing") };
  const peaks: [number[], number[]] = [[], []];
  try {
    await rest.ready();
    for (let round = 0; round < (bench.quick ? 1 : bench.rounds); round++) {
      const first = await monthsAfter(db, FIRST_DAY, round);
      peaks[0].push(await peakOfRun(db, invoicing, first));
      peaks[1].push(await peakOfRun(db, invoicing, addDays(first, 1)));
      bench.log(`round ${round + 1}: ${peaks[0].at(-1)?.toFixed(1)} MB, ${peaks[1].at(-1)?.toFixed(1)} MB`);
    }
  } finally {
    await rest.kill();
    await nats.stop();
    await db.drop();
  }
  const [few, more] = peaks;
  return [
    { what: `d. peak memory of invoicing's process, ${FEW} due`, unit: "MB", values: few },
    { what: `d. the same, ${many} due`, unit: "MB", values: more },
    {
      key: "memory_growth_mb",
      what: "d. growth",
      unit: "MB",
      values: more.map((peak, round) => peak - (few[round] ?? Number.NaN)),
      goal: { atMost: 40 },
    },
  ];
};

/** The peak memory of a new invoicing process at the end of a run, in MB. */
async function peakOfRun(db: Database, env: Record<string, string>, day: string): Promise<number> {
  const invoicing = await startServiceProcess(env);
  try {
    await invoicing.ready();
    await emitInvoicesDue(db, day);
    await awaitRun(db, day);
    return peakMemory(invoicing.pid);
  } finally {
    await invoicing.kill();
  }
}

function peakMemory(pid: number): number {
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (found === undefined) throw new Error("this system does not report the peak memory of a process");
  return Number(found) / 1024;
}
