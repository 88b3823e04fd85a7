import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { LoadOrder, LoadReport } from "./generator";

/** A process that sends requests to a server. */
export interface Load {
  run: (order: LoadOrder) => Promise<LoadReport>;
  /** Ends the current order early. */
  end: () => void;
  stop: () => void;
}

/** Starts a load generator in its own process, so that it shares no event loop with what is measured. */
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
    end: () => void child.stdin.write("\n"),
    stop: () => void child.kill(),
  };
}
