import { setTimeout as delay } from "node:timers/promises";
import { FIRST_DAY, monthsAfter, writeBillables, writePlans } from "../billing-data";
import { startOneProcess } from "../servers";
import type { Database } from "../database";
import type { LoadReport } from "../load/generator";
import { startLoad } from "../load/load";
import { awaitRun, emitInvoicesDue } from "../billing-run";
import { signUp, writeInvoices } from "../api-data";
import { quantile } from "../stats";
import type { Measure } from "./measure";

const LONGEST_RUN_S = 300;
const OTHERS_INVOICES = 100_000;
/**
 * Requests are sent at a fixed rate, whether or not earlier ones were answered, so that waiting is measured.
 */
const READERS = { connections: 16, perSecond: 200 };

/** The p99 of GET /api/invoices/ during a billing run, as a multiple of the p99 at rest, in one process. */
export const apiMeanwhile: Measure = async (bench) => {
  const db = await bench.postgres.empty.clone("bench_meanwhile");
  await writePlans(db);
  await writeBillables(db, bench.due, `'${FIRST_DAY}'`);
  const server = await startOneProcess(db);
  const load = startLoad();
  const p99 = { atRest: [] as number[], duringRun: [] as number[] };
  try {
    const { customerId, token } = await signUp(server.url);
    await writeInvoices(db, OTHERS_INVOICES, customerId);
    const order = {
      url: `${server.url}/api/invoices?limit=10`,
      token,
      ...READERS,
      seconds: bench.quick ? 3 : 10,
    };
    await load.run(order);
    for (let round = 0; round < bench.rounds; round++) {
      const day = await monthsAfter(db, FIRST_DAY, round);
      p99.atRest.push(p99Of((await load.run(order)).answers));
      await db.checkpoint();
      await emitInvoicesDue(db, day);
      const report = load.run({ ...order, seconds: LONGEST_RUN_S });
      const { began_ms, ended_ms } = await awaitRun(db, day);
      load.end();
      const { answers } = await report;
      p99.duringRun.push(p99Of(answers.filter(({ at_ms }) => at_ms >= began_ms && at_ms <= ended_ms)));
      const [atRest, duringRun] = [p99.atRest.at(-1)?.toFixed(1), p99.duringRun.at(-1)?.toFixed(1)];
      bench.log(`round ${round + 1}: ${atRest} ms at rest, ${duringRun} ms during a run`);
      await untilConsumed(db);
    }
  } finally {
    load.stop();
    await server.stop();
    await db.drop();
  }
  return [
    { what: "e. p99 of GET /api/invoices/ at rest", unit: "ms", values: p99.atRest },
    { what: "e. p99 during a run", unit: "ms", values: p99.duringRun },
    {
      key: "api_p99_ratio",
      what: "e. during a run : at rest",
      unit: "ratio",
      values: p99.duringRun.map((took, round) => took / (p99.atRest[round] ?? Number.NaN)),
      goal: { atMost: 3 },
    },
  ];
};

function p99Of(answers: LoadReport["answers"]): number {
  return quantile(
    answers.map(({ took_ms }) => took_ms),
    0.99,
  );
}

/** Waits until notifications has consumed every event of invoicing. */
async function untilConsumed(db: Database): Promise<void> {
  for (;;) {
    const [behind] = await db.query(
      `SELECT FROM notifications.cursors WHERE producer = 'invoicing'
         AND (xid, seq) < (SELECT xid, seq FROM invoicing.outbox ORDER BY xid DESC, seq DESC LIMIT 1)`,
    );
    if (behind === undefined) return;
    await delay(100);
  }
}
