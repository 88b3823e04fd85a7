import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { LoadOrder, LoadReport } from "./generator";

/** A process that puts load on a server. */
export interface Load {
  run: (order: LoadOrder) => Promise<LoadReport>;
  /** Ends the order at hand before its time. */
  breakOff: () => void;
  stop: () => void;
}

/**
 * Starts a load generator in a process of its own, so that it takes no time from whoever is measured but what
 * the machine lacks.
 */
export function startLoad(): Load {
  const child = spawn(process.execPath, ["--import", "tsx", path.join(__dirname, "generator.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout);
  const gone = once(child, "exit").then(() => {
    throw new Error("the load generator has ended");
  });
  gone.catch(() => {});
  return {
    run: async (order) => {
      const line = once(lines, "line");
      child.stdin.write(`${JSON.stringify(order)}\n`);
      const [report] = (await Promise.race([line, gone])) as [string];
      return JSON.parse(report) as LoadReport;
    },
    breakOff: () => void child.stdin.write("\n"),
    stop: () => void child.kill(),
  };
}
