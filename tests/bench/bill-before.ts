import path from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

/** What the bench of the earlier commit offers; it has no types here. */
interface Before {
  BenchPostgres: { start: () => Promise<{ empty: Db; remove: () => Promise<void> }> };
  writePlans: (db: Db) => Promise<void>;
  writeBillables: (db: Db, count: number, dueOn: string) => Promise<void>;
  monthsAfter: (db: Db, day: string, months: number) => Promise<string>;
  tidy: (db: Db) => Promise<void>;
  billWithOneStatement: (db: Db, asOf: string) => Promise<number>;
  BILLING: string[];
  FIRST_DAY: string;
  startQuietSystem: (db: Db, services: string[]) => Promise<{ broker: unknown; stop: () => Promise<void> }>;
  billForReal: (db: Db, broker: unknown, asOf: string) => Promise<number>;
}
interface Db {
  clone: (name: string) => Promise<Db>;
  drop: () => Promise<void>;
}

/**
 * A process that bills with an earlier commit's code: for each line of its input one month, on a copy of the
 * same books. It prints the invoices per second.
 */
async function main([root = "", due = "", months = ""]: string[]): Promise<void> {
  const modules = ["database", "books", "limit", "real-run"].map(
    (name) => import(pathToFileURL(path.join(root, "tests/bench", `${name}.ts`)).href) as Promise<object>,
  );
  const before = Object.assign({}, ...(await Promise.all(modules))) as Before;
  const postgres = await before.BenchPostgres.start();
  try {
    const books = await postgres.empty.clone("books");
    await before.writePlans(books);
    await before.writeBillables(books, Number(due), `'${before.FIRST_DAY}'`);
    for (let month = 0; month < Number(months); month++)
      await before.billWithOneStatement(books, await before.monthsAfter(books, before.FIRST_DAY, month));
    await before.tidy(books);
    const day = await before.monthsAfter(books, before.FIRST_DAY, Number(months));
    for await (const _ of createInterface({ input: process.stdin })) {
      const copy = await books.clone("copy");
      const took_ms = await bill(before, copy, day).catch(() => bill(before, copy, day));
      await copy.drop();
      process.stdout.write(`${Number(due) / (took_ms / 1000)}\n`);
    }
  } finally {
    await postgres.remove();
  }
}

/** Fails when the timetable ticks at that moment: its bench does not start payments, which marks overdue. */
async function bill(before: Before, books: Db, day: string): Promise<number> {
  const system = await before.startQuietSystem(books, before.BILLING);
  try {
    return await before.billForReal(books, system.broker, day);
  } finally {
    await system.stop();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
