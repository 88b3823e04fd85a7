import { parseArgs } from "node:util";
import { ConfigError, loadConfig } from "../config/config";
import { runOperator } from "./repl";
import { processLog } from "./logging";
import { Shutdown } from "./shutdown";
import { startSystem } from "./start-system";

/** Starts one process: the services that the environment names, or an operator's console (`--repl`, `--command "billing run"`). */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { repl: { type: "boolean" }, command: { type: "string" } } });
  const operated = values.repl === true || values.command !== undefined;
  const config = loadConfig(process.env, { operated });
  const log = processLog(config.logLevel);
  const shutdown = new Shutdown(log);
  shutdown.listenToSignals();
  const start = async () => {
    if (operated) await runOperator(config, shutdown, log, values.command);
    else await startSystem(config, shutdown, log);
  };
  await shutdown.start(start, report);
}

/** Errors of the program itself; any other tells of its surroundings, and says in its message what is to be done. */
const FAULTS = [TypeError, ReferenceError, RangeError, SyntaxError];

/** Says why the process could not start, on stderr. */
function report(error: unknown): void {
  const text = error instanceof Error ? startFailure(error) : String(error);
  process.stderr.write(`${text}\n`);
}

function startFailure(error: NodeJS.ErrnoException & { port?: number; address?: string }): string {
  if (error instanceof ConfigError) return `The configuration cannot be used.\n${error.message}`;
  if (error.code === "EADDRINUSE") return `Port ${error.port} at ${error.address} is taken by another program.`;
  if (error.code === "EACCES" && error.port !== undefined) return `Port ${error.port} needs more rights than we have.`;
  if (FAULTS.some((fault) => error instanceof fault)) return error.stack ?? error.message;
  return `Could not start: ${error.message}`;
}

main().catch((error: unknown) => {
  report(error);
  process.exit(1);
});
