import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { billedBooks } from "../billed-books";
import { rotate } from "../rotate";
import type { Measure } from "./measure";

const PROJECT = path.resolve(__dirname, "../../..");
/** The last commit before invoices were documents. */
const BEFORE = "a2be7a1";
/** Both bill their fourth month, when indexes and statistics are no longer empty. */
const MONTHS_BEFORE = 3;

const run = promisify(execFile);

/** Invoices per second of a billing run of plain subscriptions, now and in an earlier commit, in turn. */
export const plainBefore: Measure = async (bench) => {
  const folder = await mkdtemp(path.join(tmpdir(), "billing-before-"));
  const tree = path.join(folder, "tree");
  await run("git", ["-C", PROJECT, "worktree", "add", "--detach", tree, BEFORE]);
  const rates = { now: [] as number[], before: [] as number[] };
  let child: ChildProcess | undefined;
  try {
    await symlink(path.join(PROJECT, "node_modules"), path.join(tree, "node_modules"));
    const script = path.join(__dirname, "../bill-before.ts");
    const parameters = ["--import", "tsx", script, tree, String(bench.due), String(MONTHS_BEFORE)];
    child = spawn(process.execPath, parameters, { cwd: tree, stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
    const before = async () => {
      child?.stdin?.write("bill\n");
      const { value, done } = (await lines.next()) as IteratorResult<string, undefined>;
      if (done === true) throw new Error(`the run of ${BEFORE} ended`);
      return Number(value);
    };
    const now = await billedBooks(bench, "bench_now", MONTHS_BEFORE);
    for (let round = 0; round <= 2 * bench.rounds; round++) {
      const measurements = [
        async () => void rates.now.push(await now.rate()),
        async () => void rates.before.push(await before()),
      ];
      for (const measure of rotate(measurements, round)) await measure();
      bench.log(`round ${round}: now ${rates.now.at(-1)?.toFixed()}/s, ${rates.before.at(-1)?.toFixed()}/s`);
    }
    await now.drop();
  } finally {
    child?.kill();
    await run("git", ["-C", PROJECT, "worktree", "remove", "--force", tree]);
    await rm(folder, { recursive: true, force: true });
  }
  return [
    { what: `k. billing run, month 4 of ${bench.due} plain subscriptions`, unit: "/s", values: rates.now },
    { what: `k. the same in commit ${BEFORE}`, unit: "/s", values: rates.before },
    {
      key: "plain_ratio",
      what: `k. now : ${BEFORE}`,
      unit: "ratio",
      values: rates.now.map((rate, round) => rate / (rates.before[round] ?? Number.NaN)),
      goal: { atLeast: 1.4 },
    },
  ];
};
