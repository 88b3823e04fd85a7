import { billedBooks } from "../billed-books";
import { writeItems } from "../billing-data";
import { rotate } from "../rotate";
import type { Measure } from "./measure";

/** A tenth of the fleet has three items besides the plan's price. */
const SHARE = 10;
const ITEMS = 3;

/** Lines per second of a run in which a tenth of the subscriptions have items, and of one where none have. */
export const items: Measure = async (bench) => {
  const plain = await billedBooks(bench, "bench_plain", 1);
  const mixed = await billedBooks(bench, "bench_items", 1, (db) => writeItems(db, SHARE, ITEMS));
  const rates = { plain: [] as number[], mixed: [] as number[] };
  const linesEach = 1 + ITEMS / SHARE;
  for (let round = 0; round <= 2 * bench.rounds; round++) {
    const measurements = [
      async () => void rates.plain.push(await plain.rate()),
      async () => void rates.mixed.push((await mixed.rate()) * linesEach),
    ];
    for (const measure of rotate(measurements, round)) await measure();
    bench.log(`round ${round}: plain ${rates.plain.at(-1)?.toFixed()}/s, ${rates.mixed.at(-1)?.toFixed()}/s`);
  }
  await Promise.all([plain.drop(), mixed.drop()]);
  return [
    { what: `j. billing run, lines of ${bench.due} plain subscriptions`, unit: "/s", values: rates.plain },
    { what: `j. lines when a tenth have ${ITEMS} items`, unit: "/s", values: rates.mixed },
    {
      key: "items_line_ratio",
      what: "j. with items : plain, for each line",
      unit: "ratio",
      values: rates.mixed.map((rate, round) => rate / (rates.plain[round] ?? Number.NaN)),
      goal: { atLeast: 0.85 },
    },
  ];
};
