import { writeBillables, writePlans, FIRST_DAY } from "../billing-data";
import { signUp, subscribe, writeReadKey } from "../api-data";
import { startLoad } from "../load/load";
import { startBareEntitlements, startOneProcess } from "../servers";
import { latenciesDuringRuns, ratiosOf } from "./during-run";
import type { Measure } from "./measure";

const CONNECTIONS = 32;

/**
 * Requests per second for a customer's entitlements with a read key, in one process, beside the least code
 * that can answer them; and their p99 during a billing run.
 */
export const entitlements: Measure = async (bench) => {
  const db = await bench.postgres.empty.clone("bench_entitlements");
  await writePlans(db);
  await writeBillables(db, bench.due, `'${FIRST_DAY}'`);
  const ours = await startOneProcess(db);
  const bare = await startBareEntitlements(db);
  const load = startLoad();
  const rates = { bare: [] as number[], ours: [] as number[] };
  try {
    const { customerId, token: user } = await signUp(ours.url);
    await subscribe(ours.url, user);
    const token = await writeReadKey(db);
    const path = `/api/customers/${customerId}/entitlements/`;
    await expectSame(`${ours.url}${path}`, `${bare.url}${path}`, token);
    const rateOf = async (url: string) => {
      const order = { url: `${url}${path}`, token, connections: CONNECTIONS, seconds: bench.quick ? 1.5 : 3 };
      const { answers, seconds } = await load.run(order);
      return answers.length / seconds;
    };
    // The first requests are slow: they compile code and open connections.
    for (const { url } of [ours, bare]) await rateOf(url);
    for (let round = 1; round <= bench.rounds; round++) {
      rates.bare.push(await rateOf(bare.url));
      rates.ours.push(await rateOf(ours.url));
      bench.log(
        `round ${round}: bare ${rates.bare.at(-1)?.toFixed()}/s, ours ${rates.ours.at(-1)?.toFixed()}/s`,
      );
    }
    await bare.stop();
    const p99 = await latenciesDuringRuns(bench, db, load, { url: `${ours.url}${path}`, token });
    return [
      { what: "i. bare Koa + pg + hashed key", unit: "/s", values: rates.bare },
      { what: "i. GET …/entitlements/ in one process", unit: "/s", values: rates.ours },
      {
        key: "entitlements_ratio",
        what: "i. one process : bare",
        unit: "ratio",
        values: rates.ours.map((rate, round) => rate / (rates.bare[round] ?? Number.NaN)),
        goal: { atLeast: 0.9 },
      },
      { what: "i. p99 at rest", unit: "ms", values: p99.atRest },
      { what: "i. p99 during a run", unit: "ms", values: p99.duringRun },
      {
        key: "entitlements_p99_ratio",
        what: "i. during a run : at rest",
        unit: "ratio",
        values: ratiosOf(p99),
        goal: { atMost: 3 },
      },
    ];
  } finally {
    load.stop();
    await ours.stop();
    await bare.stop();
    await db.drop();
  }
};

/** Both must do the same work: the same answer, and no answer for a wrong secret. */
async function expectSame(ours: string, bare: string, token: string): Promise<void> {
  const [one, other] = await Promise.all(
    [ours, bare].map(async (url) => {
      const forged = await fetch(url, { headers: { authorization: `Bearer ${token.slice(0, -4)}AAAA` } });
      if (forged.ok) throw new Error(`${url} accepted a wrong secret`);
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      return response.text();
    }),
  );
  if (one !== other) throw new Error(`the answers differ: ${one} and ${other}`);
}
