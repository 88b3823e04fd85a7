import path from "node:path";
import type { Logger } from "pino";
import { loadConfig, type Config } from "../../config/config";
import { processLog } from "../logging";
import { reportFailure } from "../run-process";
import { Shutdown } from "../shutdown";

/**
 * Runs a command to its end. It ends with status 1, and the reason as the last line, when it fails.
 * @param failure what to say then, before the reason
 */
export async function runToEnd(
  failure: string,
  work: (config: Config, shutdown: Shutdown, log: Logger) => Promise<void>,
): Promise<void> {
  const report = (error: unknown) => reportFailure(error, failure);
  try {
    const config = loadConfig(process.env, { forConsole: true });
    const log = processLog(config);
    const shutdown = new Shutdown(log);
    // What a signal breaks off has not succeeded.
    shutdown.listenToSignals(1);
    await shutdown.start(() => work(config, shutdown, log), report);
    await shutdown.end(0);
  } catch (error) {
    report(error);
    process.exit(1);
  }
}

/** The one argument of a command, a path from where the user is: npm runs scripts in the project's folder. */
export function fileArgument(command: string): string {
  const [file, ...others] = process.argv.slice(2);
  if (file === undefined || file.startsWith("-") || others.length > 0)
    throw new Error(`usage: npm run ${command} FILE`);
  return path.resolve(process.env["INIT_CWD"] ?? process.cwd(), file);
}

/** @throws Error where Postgres is not in the data folder */
export function dataFolderOf({ databases, dataDir }: Config): string {
  if (databases.kind !== "embedded")
    throw new Error("this is for the embedded Postgres; back up the server in DATABASE_URL by its own means");
  return path.resolve(dataDir);
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
