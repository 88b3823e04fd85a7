import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";

/** A process that registers users. */
export interface SignUps {
  /** Registers 100 at once, each from another address. Resolves when all are answered. */
  flood: () => Promise<unknown>;
  stop: () => void;
}

/** Starts it, so that the flood shares no event loop with what is measured. @param url of the gateway */
export function startSignUps(url: string): SignUps {
  const file = path.join(__dirname, "sign-ups-process.ts");
  const child = spawn(process.execPath, ["--import", "tsx", file, url], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout);
  const gone = once(child, "exit").then(() => {
    throw new Error("the process that registers users has ended");
  });
  gone.catch(() => {});
  return {
    flood: () => {
      const answered = once(lines, "line");
      child.stdin.write("\n");
      return Promise.race([answered, gone]);
    },
    stop: () => void child.kill(),
  };
}
