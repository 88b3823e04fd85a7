import { FIRST_DAY, monthsAfter, vacuum, writeBillables, writePlans } from "./billing-data";
import { BILLING, runBilling, startIdleSystem } from "./billing-run";
import type { Database } from "./database";
import type { Bench } from "./measures/measure";
import { billWithOneStatement } from "./one-statement";

/** Books of which the next month is due. */
export interface BilledBooks {
  /** Bills the next month on a copy. @returns invoices per second, from the event to the end of the run */
  rate: () => Promise<number>;
  drop: () => Promise<void>;
}

/**
 * Makes books of `bench.due` subscriptions with some months of invoices.
 * @param months how many are billed already
 * @param prepare changes the subscriptions before anything is billed
 */
export async function billedBooks(
  { postgres, due }: Pick<Bench, "postgres" | "due">,
  name: string,
  months: number,
  prepare: (db: Database) => Promise<void> = () => Promise.resolve(),
): Promise<BilledBooks> {
  const books = await postgres.empty.clone(name);
  await writePlans(books);
  await writeBillables(books, due, `'${FIRST_DAY}'`);
  await prepare(books);
  for (let month = 0; month < months; month++)
    await billWithOneStatement(books, await monthsAfter(books, FIRST_DAY, month));
  await vacuum(books);
  const day = await monthsAfter(books, FIRST_DAY, months);
  return { rate: () => rateOn(books, day, due), drop: () => books.drop() };
}

async function rateOn(books: Database, day: string, due: number): Promise<number> {
  const copy = await books.clone("bench_billed_copy");
  try {
    const system = await startIdleSystem(copy, BILLING);
    let took_ms;
    try {
      took_ms = await runBilling(copy, system.broker, day);
    } finally {
      await system.stop();
    }
    const [issued] = await copy.query<{ count: number }>(
      "SELECT count(*)::integer AS count FROM invoicing.invoices WHERE issue_date = $1",
      [day],
    );
    if (issued?.count !== due) throw new Error(`${issued?.count} invoices instead of ${due} on ${day}`);
    return due / (took_ms / 1000);
  } finally {
    await copy.drop();
  }
}
