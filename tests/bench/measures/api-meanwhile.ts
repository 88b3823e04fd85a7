import { setTimeout as delay } from "node:timers/promises";
import { FIRST_DAY, monthsAfter, writeBillables, writePlans } from "../books";
import { startOneProcess } from "../candidates";
import type { Database } from "../database";
import type { LoadReport } from "../load/generator";
import { startLoad } from "../load/load";
import { awaitRun, emitInvoicesDue } from "../real-run";
import { signUp, writeInvoices } from "../served-books";
import { quantile } from "../stats";
import type { Measure } from "./measure";

const LONGER_THAN_ANY_RUN_S = 300;
const OTHERS_INVOICES = 100_000;
/** A busy day's readers: they ask whether they were answered or not, so that nobody waits unseen. */
const READERS = { connections: 16, perSecond: 200 };
/** How much longer the slowest hundredth of GET /api/invoices/ takes while a run goes on, in one process. */
export const apiMeanwhile: Measure = async (bench) => {
  const db = await bench.postgres.empty.clone("bench_meanwhile");
  await writePlans(db);
  await writeBillables(db, bench.due, `'${FIRST_DAY}'`);
  const server = await startOneProcess(db);
  const load = startLoad();
  const p99 = { atRest: [] as number[], meanwhile: [] as number[] };
  try {
    const { userId, token } = await signUp(server.url);
    await writeInvoices(db, OTHERS_INVOICES, userId);
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
      const report = load.run({ ...order, seconds: LONGER_THAN_ANY_RUN_S });
      const { began_ms, ended_ms } = await awaitRun(db, day);
      load.breakOff();
      const { answers } = await report;
      p99.meanwhile.push(p99Of(answers.filter(({ at_ms }) => at_ms >= began_ms && at_ms <= ended_ms)));
      bench.say(
        `round ${round + 1}: ${p99.atRest.at(-1)?.toFixed(1)} ms at rest, ${p99.meanwhile.at(-1)?.toFixed(1)} ms meanwhile`,
      );
      await awaitQuiet(db);
    }
  } finally {
    load.stop();
    await server.stop();
    await db.drop();
  }
  return [
    { what: "e. p99 of GET /api/invoices/ at rest", unit: "ms", values: p99.atRest },
    { what: "e. p99 during a run", unit: "ms", values: p99.meanwhile },
    {
      key: "api_p99_ratio",
      what: "e. during a run : at rest",
      unit: "ratio",
      values: p99.meanwhile.map((took, round) => took / (p99.atRest[round] ?? Number.NaN)),
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

/** Until notifications has heard of every invoice. */
async function awaitQuiet(db: Database): Promise<void> {
  for (;;) {
    const [behind] = await db.query(
      `SELECT FROM notifications.cursors WHERE producer = 'invoicing'
         AND (xid, seq) < (SELECT xid, seq FROM invoicing.outbox ORDER BY xid DESC, seq DESC LIMIT 1)`,
    );
    if (behind === undefined) return;
    await delay(100);
  }
}
