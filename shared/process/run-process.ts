import type { Logger } from "pino";
import { ConfigError, loadConfig, type Config, type ConfigOptions } from "../config/config";
import { processLog } from "./logging";
import { Shutdown } from "./shutdown";

/**
 * Runs a process: reads the environment, starts, and ends in order after a signal or a failed start.
 * @param start starts what the process is for, and registers with `shutdown` what it opens
 */
export async function runProcess(
  options: ConfigOptions,
  start: (config: Config, shutdown: Shutdown, log: Logger) => Promise<unknown>,
): Promise<void> {
  try {
    const config = loadConfig(process.env, options);
    const log = processLog(config);
    const shutdown = new Shutdown(log);
    shutdown.listenToSignals();
    await shutdown.start(() => start(config, shutdown, log), reportFailure);
  } catch (error) {
    reportFailure(error);
    process.exit(1);
  }
}

/**
 * Errors of the program itself. Any other error is about its surroundings, and its message says what to do.
 */
const PROGRAM_ERRORS = [TypeError, ReferenceError, RangeError, SyntaxError];

/**
 * Says why the process failed, on stderr; the last line is one sentence.
 * @param what has failed
 */
export function reportFailure(error: unknown, what = "Could not start"): void {
  const text = error instanceof Error ? reasonOf(error, what) : String(error);
  process.stderr.write(`${text}\n`);
}

/** Ends with one sentence, also when several variables are wrong. */
function configFailure(problems: string[], what: string): string {
  const [first = "", ...others] = problems;
  if (others.length === 0) return `${what}: ${first}.`;
  return `${problems.join("\n")}\n${what}: the ${problems.length} variables above must be corrected.`;
}

function reasonOf(error: NodeJS.ErrnoException & { port?: number; address?: string }, what: string): string {
  if (error instanceof ConfigError) return configFailure(error.message.split("\n"), what);
  if (error.code === "EADDRINUSE")
    return `${what}: port ${error.port} at ${error.address} is taken by another program.`;
  if (error.code === "EACCES" && error.port !== undefined)
    return `Port ${error.port} needs more rights than we have.`;
  if (PROGRAM_ERRORS.some((each) => error instanceof each)) return error.stack ?? error.message;
  return `${what}: ${error.message}`;
}
