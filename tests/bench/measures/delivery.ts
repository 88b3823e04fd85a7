import { setTimeout as delay } from "node:timers/promises";
import { FIRST_DAY, writeBillables, writePlans } from "../billing-data";
import { startCluster, startOneProcess, type Server } from "../servers";
import type { Database } from "../database";
import type { Figure } from "../figures";
import { awaitRun, emitInvoicesDue } from "../billing-run";
import type { Bench, Measure } from "./measure";

const POLL_MS = 20;

/** How long until notifications has consumed all events of a run, as a multiple of the run's own time. */
export const delivery: Measure = async (bench) => {
  const due = await bench.postgres.empty.clone("bench_delivery");
  await writePlans(due);
  await writeBillables(due, bench.due, `'${FIRST_DAY}'`);
  const ratios = { local: [] as number[], nats: [] as number[] };
  for (let round = 1; round <= bench.rounds; round++) {
    ratios.local.push(await deliver(bench, due, startOneProcess));
    ratios.nats.push(await deliver(bench, due, startCluster));
  }
  await due.drop();
  const figure = (what: string, values: number[]): Figure => ({
    what: `b. ${what}`,
    unit: "ratio",
    values,
    goal: { atMost: 1.5 },
  });
  return [
    { key: "delivery_ratio", ...figure("all events consumed : run, one process", ratios.local) },
    { key: "delivery_ratio_nats", ...figure("all events consumed : run, over NATS", ratios.nats) },
  ];
};

async function deliver(
  bench: Bench,
  original: Database,
  start: (db: Database) => Promise<Server>,
): Promise<number> {
  const db = await original.clone("bench_copy");
  const server = await start(db);
  try {
    await db.checkpoint();
    await emitInvoicesDue(db, FIRST_DAY);
    const run = await awaitRun(db, FIRST_DAY);
    const consumed_ms = await awaitConsumed(db, bench.due);
    const took_ms = run.ended_ms - run.began_ms;
    bench.log(
      `run ${took_ms.toFixed()} ms, events consumed after ${(consumed_ms - run.began_ms).toFixed()} ms`,
    );
    return (consumed_ms - run.began_ms) / took_ms;
  } finally {
    await server.stop();
    await db.drop();
  }
}

/** @returns when notifications had consumed all events of invoicing, in ms since 1970 by Postgres's clock */
async function awaitConsumed(db: Database, expected: number): Promise<number> {
  for (;;) {
    const [reached] = await db.query<{ at_ms: number }>(
      `SELECT (extract(epoch FROM moved_at) * 1000)::float8 AS at_ms
       FROM notifications.cursors WHERE producer = 'invoicing'
         AND (xid, seq) >= (SELECT xid, seq FROM invoicing.outbox ORDER BY xid DESC, seq DESC LIMIT 1)`,
    );
    if (reached !== undefined) {
      const [row] = await db.query<{ count: number }>(
        "SELECT count(*)::integer AS count FROM notifications.deliveries",
      );
      if (row?.count !== expected) throw new Error(`${row?.count} deliveries instead of ${expected}`);
      return reached.at_ms;
    }
    await delay(POLL_MS);
  }
}
