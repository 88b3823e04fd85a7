import { startOneProcess } from "../servers";
import { signUp, writeInvoices, writeOwnInvoices } from "../api-data";
import { median } from "../stats";
import type { Measure } from "./measure";

const OWN_INVOICES = 100_000;
const LIMIT = 100;
const LAST_PAGE = OWN_INVOICES / LIMIT;

/** How long page 1000 of a list takes, as a multiple of page 1. */
export const lists: Measure = async (bench) => {
  const db = await bench.postgres.empty.clone("bench_lists");
  const server = await startOneProcess(db);
  try {
    const { customerId, token } = await signUp(server.url);
    await writeInvoices(db, 100_000, customerId);
    await writeOwnInvoices(db, OWN_INVOICES, customerId);
    const get = (path: string) =>
      fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    const timed = async (path: string) => {
      const began = performance.now();
      await (await get(path)).arrayBuffer();
      return performance.now() - began;
    };
    const first = `/api/invoices/?limit=${LIMIT}`;
    const last = await walkTo(LAST_PAGE, first, get);
    const pages: [number[], number[]] = [[], []];
    for (let round = 0; round < bench.rounds; round++) {
      const took: [number[], number[]] = [[], []];
      for (let request = 0; request < (bench.quick ? 50 : 200); request++) {
        took[0].push(await timed(first));
        took[1].push(await timed(last));
      }
      for (const [which, values] of took.entries()) pages[which]?.push(median(values));
    }
    const [near, far] = pages;
    return [
      { what: `f. page 1 of ${OWN_INVOICES} invoices`, unit: "ms", values: near },
      { what: `f. page ${LAST_PAGE}`, unit: "ms", values: far },
      {
        key: "page_ratio",
        what: `f. page ${LAST_PAGE} : page 1`,
        unit: "ratio",
        values: far.map((took, round) => took / (near[round] ?? Number.NaN)),
        goal: { atMost: 1.5 },
      },
    ];
  } finally {
    await server.stop();
    await db.drop();
  }
};

/** The URL of a page, found by following the links from page 1. */
async function walkTo(
  page: number,
  first: string,
  get: (path: string) => Promise<Response>,
): Promise<string> {
  let path = first;
  for (let number = 1; number < page; number++) {
    const response = await get(path);
    await response.arrayBuffer();
    const next = /<([^>]+)>; rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
    if (next === undefined) throw new Error(`page ${number} is the last one: ${response.status}`);
    path = next;
  }
  return path;
}
