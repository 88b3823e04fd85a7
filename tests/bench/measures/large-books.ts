import { billedBooks } from "../billed-books";
import { rotate } from "../rotate";
import type { Measure } from "./measure";

/** At full size, a hundred months are ten million invoices. */
const MONTHS = 100;

/** Invoices per second of a billing run on books of ten million invoices, and on empty ones. */
export const largeBooks: Measure = async (bench) => {
  const empty = await billedBooks(bench, "bench_empty_books", 0);
  const large = await billedBooks(bench, "bench_large_books", MONTHS);
  const rates = { empty: [] as number[], large: [] as number[] };
  for (let round = 0; round < bench.rounds; round++) {
    const measurements = [
      async () => void rates.empty.push(await empty.rate()),
      async () => void rates.large.push(await large.rate()),
    ];
    for (const measure of rotate(measurements, round)) await measure();
    bench.log(`round ${round}: empty ${rates.empty.at(-1)?.toFixed()}/s, ${rates.large.at(-1)?.toFixed()}/s`);
  }
  await Promise.all([empty.drop(), large.drop()]);
  const before = `${MONTHS * bench.due} invoices before`;
  return [
    { what: `l. billing run of ${bench.due}, ${before}`, unit: "/s", values: rates.large },
    {
      key: "ratio_at_10m",
      what: `l. with ${before} : on empty books`,
      unit: "ratio",
      values: rates.large.map((rate, round) => rate / (rates.empty[round] ?? Number.NaN)),
      goal: { atLeast: 0.6 },
    },
  ];
};
