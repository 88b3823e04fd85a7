import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { BenchPostgres } from "./database";
import { isReached, table, toJson, type Figure } from "./figures";
import { describeMachine } from "./machine";
import { apiMeanwhile } from "./measures/api-meanwhile";
import { apiPath } from "./measures/api-path";
import { billingRate } from "./measures/billing-rate";
import { delivery } from "./measures/delivery";
import { entitlements } from "./measures/entitlements";
import { growth } from "./measures/growth";
import { items } from "./measures/items";
import { largeBooks } from "./measures/large-books";
import { lists } from "./measures/lists";
import { logins } from "./measures/logins";
import { plainBefore } from "./measures/plain-before";
import type { Measure } from "./measures/measure";
import { memory } from "./measures/memory";

const MEASURES: Record<string, Measure> = {
  a: billingRate,
  b: delivery,
  c: growth,
  d: memory,
  e: apiMeanwhile,
  f: lists,
  g: apiPath,
  h: logins,
  i: entitlements,
  j: items,
  k: plainBefore,
  l: largeBooks,
};

const FULL = { rounds: 5, due: 100_000 };
const QUICK = { rounds: 3, due: 10_000 };

/**
 * `npm run bench` measures ratios on an embedded Postgres with fsync on and prints their medians. Its exit
 * status is 0 when all goals are reached. `--json FILE` writes the medians, `--quick` uses a tenth of the
 * rows, `--only abg` runs some measurements only.
 */
async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      json: { type: "string" },
      quick: { type: "boolean" },
      only: { type: "string" },
      rounds: { type: "string" },
    },
  });
  const quick = options.quick === true;
  const size = quick ? QUICK : FULL;
  const rounds = Number(options.rounds ?? size.rounds);
  const log = (line: string) => void process.stderr.write(`${line}\n`);
  const postgres = await BenchPostgres.start();
  // Also when it is interrupted, no Postgres stays running.
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void postgres.remove().finally(() => process.exit(1)));
  try {
    const figures: Figure[] = [];
    const machine = await describeMachine(postgres.empty);
    for (const [letter, measure] of Object.entries(MEASURES)) {
      if (options.only !== undefined && !options.only.includes(letter)) continue;
      const began = performance.now();
      figures.push(
        ...(await measure({ postgres, quick, ...size, rounds, log: (line) => log(`${letter}: ${line}`) })),
      );
      log(`${letter}: ${((performance.now() - began) / 1000).toFixed()} s`);
    }
    process.stdout.write(`${machine}\n\n${table(figures)}\n`);
    if (options.json !== undefined)
      writeFileSync(options.json, `${JSON.stringify(toJson(figures), null, 2)}\n`);
    process.exitCode = figures.every(isReached) ? 0 : 1;
  } finally {
    await postgres.remove();
  }
}

main()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 2;
  })
  .finally(() => process.exit());
