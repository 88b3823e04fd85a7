import { startOneProcess } from "../candidates";
import { signUp, writeInvoices, writeOwnInvoices } from "../served-books";
import { median } from "../stats";
import type { Measure } from "./measure";

const OWN_INVOICES = 100_000;
const LIMIT = 100;
const LAST_PAGE = OWN_INVOICES / LIMIT;

/** What page 1000 of a long list costs, as a multiple of page 1. */
export const lists: Measure = async (bench) => {
  const db = await bench.postgres.empty.clone("bench_lists");
  const server = await startOneProcess(db);
  try {
    const { userId, token } = await signUp(server.url);
    await writeInvoices(db, 100_000, userId);
    await writeOwnInvoices(db, OWN_INVOICES, userId);
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
      for (let turn = 0; turn < (bench.quick ? 50 : 200); turn++) {
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

/** The address of a page far down, found as a reader finds it: from link to link. */
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
