import { parseArgs } from "node:util";
import { natsProgram } from "../support/nats-server";
import { startOwnPostgres } from "../support/own-postgres";
import { EIGHT_PROCESSES, TWO_PROCESSES } from "./process-groups";
import { prove } from "./prove";

const TEXT = { type: "string" } as const;
const USAGE = `Usage: npm run prove [-- options]
  --seed N            which story; a random one by default
  --months M          how long it is, 1 to 24 (4)
  --subscriptions N   2 to 500 (40)
  --outages N         processes killed or frozen, NATS stopped; 0 to 200 (12)
  --fault-rate R      how likely one more small fault is in each step, 0 to 0.9 (0.5)
  --two-processes     a short run with two processes instead of eight`;

/**
 * Proves from the command line.
 * @returns the exit status: 0 when nothing is wrong, 1 otherwise, 2 for wrong options
 */
async function main(): Promise<number> {
  const options = readOptions();
  if (options === undefined) return complain(USAGE);
  if (natsProgram === undefined) return complain("The proof needs nats-server, which is not installed.");
  const { seed, months, subscriptions, outages, faultRate, twoProcesses } = options;
  const log = (line: string) => void process.stdout.write(`${line}\n`);
  log(`seed ${seed}, ${months} months, ${subscriptions} subscriptions, ${outages} outages`);
  const began = Date.now();
  const postgres = await startOwnPostgres();
  try {
    const processes = twoProcesses ? TWO_PROCESSES : EIGHT_PROCESSES;
    const { findings, counts } = await prove({ ...options, databaseUrl: postgres.url, processes, log });
    log(
      Object.entries(counts)
        .map(([what, number]) => `${number} ${what}`)
        .join(", "),
    );
    for (const finding of findings) log(`FOUND ${finding}`);
    const took_s = Math.round((Date.now() - began) / 1000);
    const proved = findings.length === 0;
    const verdict = proved ? "proved: the books match the model" : `NOT PROVED: ${findings.length} findings`;
    log(`${verdict} (seed ${seed}, ${took_s} s). To repeat it:`);
    log(
      `npm run prove -- --seed ${seed} --months ${months} --subscriptions ${subscriptions}` +
        ` --outages ${outages} --fault-rate ${faultRate}${twoProcesses ? " --two-processes" : ""}`,
    );
    return proved ? 0 : 1;
  } finally {
    await postgres.remove();
  }
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        seed: TEXT,
        months: TEXT,
        subscriptions: TEXT,
        outages: TEXT,
        "fault-rate": TEXT,
        "two-processes": { type: "boolean" },
      },
    });
    const number = (
      name: Exclude<keyof typeof values, "two-processes">,
      byDefault: number,
      least: number,
      most: number,
    ) => {
      const given = values[name];
      const value = given === undefined ? byDefault : Number(given);
      if (!(value >= least && value <= most)) throw new RangeError(name);
      return value;
    };
    return {
      seed: Math.trunc(number("seed", Date.now() % 1_000_000, 0, 2 ** 32 - 1)),
      months: Math.trunc(number("months", 4, 1, 24)),
      subscriptions: Math.trunc(number("subscriptions", 40, 2, 500)),
      outages: Math.trunc(number("outages", 12, 0, 200)),
      faultRate: number("fault-rate", 0.5, 0, 0.9),
      twoProcesses: values["two-processes"] === true,
    };
  } catch {
    return undefined;
  }
}

function complain(message: string): number {
  process.stderr.write(`${message}\n`);
  return 2;
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
