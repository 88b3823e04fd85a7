import { setTimeout as delay } from "node:timers/promises";
import { awaitRun, emitInvoicesDue } from "../billing-run";
import { FIRST_DAY, monthsAfter } from "../billing-data";
import type { Database } from "../database";
import type { LoadOrder, LoadReport } from "../load/generator";
import type { Load } from "../load/load";
import { quantile } from "../stats";
import type { Bench } from "./measure";

const LONGEST_RUN_S = 300;
/** Requests are sent at a fixed rate, whether or not earlier ones were answered: waiting is measured. */
const READERS = { connections: 16, perSecond: 200 };

/** The p99 of answers in ms, for each round. */
export interface Latencies {
  atRest: number[];
  duringRun: number[];
}

/**
 * Measures the p99 of a request at rest and during a billing run, in turn.
 * @param db has billables that are due on FIRST_DAY
 */
export async function latenciesDuringRuns(
  bench: Bench,
  db: Database,
  load: Load,
  request: Pick<LoadOrder, "url" | "token">,
): Promise<Latencies> {
  const p99: Latencies = { atRest: [], duringRun: [] };
  const order = { ...request, ...READERS, seconds: bench.quick ? 3 : 10 };
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
  return p99;
}

/** The p99 during a run as a multiple of that at rest, for each round. */
export function ratiosOf({ atRest, duringRun }: Latencies): number[] {
  return duringRun.map((took, round) => took / (atRest[round] ?? Number.NaN));
}

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
