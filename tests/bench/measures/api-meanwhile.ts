import { FIRST_DAY, writeBillables, writePlans } from "../billing-data";
import { startOneProcess } from "../servers";
import { startLoad } from "../load/load";
import { signUp, writeInvoices } from "../api-data";
import { latenciesDuringRuns, ratiosOf } from "./during-run";
import type { Measure } from "./measure";

const OTHERS_INVOICES = 100_000;

/** The p99 of GET /api/invoices/ during a billing run, as a multiple of the p99 at rest, in one process. */
export const apiMeanwhile: Measure = async (bench) => {
  const db = await bench.postgres.empty.clone("bench_meanwhile");
  await writePlans(db);
  await writeBillables(db, bench.due, `'${FIRST_DAY}'`);
  const server = await startOneProcess(db);
  const load = startLoad();
  try {
    const { customerId, token } = await signUp(server.url);
    await writeInvoices(db, OTHERS_INVOICES, customerId);
    const request = { url: `${server.url}/api/invoices?limit=10`, token };
    const p99 = await latenciesDuringRuns(bench, db, load, request);
    return [
      { what: "e. p99 of GET /api/invoices/ at rest", unit: "ms", values: p99.atRest },
      { what: "e. p99 during a run", unit: "ms", values: p99.duringRun },
      {
        key: "api_p99_ratio",
        what: "e. during a run : at rest",
        unit: "ratio",
        values: ratiosOf(p99),
        goal: { atMost: 3 },
      },
    ];
  } finally {
    load.stop();
    await server.stop();
    await db.drop();
  }
};
