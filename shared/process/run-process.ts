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
    const log = processLog(config.logLevel);
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

/** Says why the process could not start, on stderr. */
export function reportFailure(error: unknown): void {
  const text = error instanceof Error ? startFailure(error) : String(error);
  process.stderr.write(`${text}\n`);
}

function startFailure(error: NodeJS.ErrnoException & { port?: number; address?: string }): string {
  if (error instanceof ConfigError) return `The configuration cannot be used.\n${error.message}`;
  if (error.code === "EADDRINUSE")
    return `Port ${error.port} at ${error.address} is taken by another program; set another one.`;
  if (error.code === "EACCES" && error.port !== undefined)
    return `Port ${error.port} needs more rights than we have.`;
  if (PROGRAM_ERRORS.some((each) => error instanceof each)) return error.stack ?? error.message;
  return `Could not start: ${error.message}`;
}
