import { parseArgs } from "node:util";
import { natsProgram } from "../support/nats-server";
import { startOwnPostgres } from "../support/own-postgres";
import { FEW, MANY } from "./processes";
import { prove } from "./prove";

const TEXT = { type: "string" } as const;
const USAGE =
  "npm run prove [-- [--seed N] [--months M] [--subscriptions N] [--heavy N] [--heat 0..0.9] [--few]]";

/**
 * Proves under fire, from the command line.
 * @returns the exit status: 0 when nothing was found, 1 otherwise, 2 for bad input
 */
async function main(): Promise<number> {
  const options = readOptions();
  if (options === undefined) return complain(`What is asked for cannot be understood. ${USAGE}`);
  if (natsProgram === undefined) return complain("nats-server is needed, and is not installed.");
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  say(
    `seed ${options.seed}, ${options.months} months, ${options.subscriptions} subscriptions, ${options.heavyFires} heavy fires`,
  );
  const began = Date.now();
  const postgres = await startOwnPostgres();
  try {
    const { findings, facts } = await prove({
      ...options,
      databaseUrl: postgres.url,
      processes: options.few ? FEW : MANY,
      tell: say,
    });
    say(
      Object.entries(facts)
        .map(([what, number]) => `${number} ${what}`)
        .join(", "),
    );
    for (const finding of findings) say(`FOUND ${finding}`);
    const again = `npm run prove -- --seed ${options.seed} --months ${options.months} --subscriptions ${options.subscriptions} --heavy ${options.heavyFires} --heat ${options.heat}${options.few ? " --few" : ""}`;
    const verdict =
      findings.length === 0
        ? "proved: every invoice is as the model has it"
        : `NOT PROVED: ${findings.length} findings`;
    say(`${verdict} (seed ${options.seed}, ${Math.round((Date.now() - began) / 1000)} s); again: ${again}`);
    return findings.length === 0 ? 0 : 1;
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
        heavy: TEXT,
        heat: TEXT,
        few: { type: "boolean" },
      },
    });
    const number = (
      name: Exclude<keyof typeof values, "few">,
      otherwise: number,
      least: number,
      most: number,
    ) => {
      const given = values[name];
      const value = given === undefined ? otherwise : Number(given);
      if (!(value >= least && value <= most)) throw new RangeError(name);
      return value;
    };
    return {
      seed: Math.trunc(number("seed", Date.now() % 1_000_000, 0, 2 ** 32 - 1)),
      months: Math.trunc(number("months", 4, 1, 24)),
      subscriptions: Math.trunc(number("subscriptions", 40, 2, 500)),
      heavyFires: Math.trunc(number("heavy", 12, 0, 200)),
      heat: number("heat", 0.5, 0, 0.9),
      few: values.few === true,
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
