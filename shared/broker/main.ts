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

/** A message made for people comes without the stack that a fault needs. */
function report(error: unknown): void {
  const text = error instanceof Error ? startFailure(error) : String(error);
  process.stderr.write(`${text}\n`);
}

function startFailure(error: Error & { code?: unknown; port?: unknown; address?: unknown }): string {
  if (error instanceof ConfigError) return `The configuration cannot be used.\n${error.message}`;
  if (error.code === "EADDRINUSE") return `Port ${String(error.port)} at ${String(error.address)} is taken by another program.`;
  if (error.code === "EACCES" && error.port !== undefined) return `Port ${String(error.port)} needs more rights than we have.`;
  return error.stack ?? error.message;
}

main().catch((error: unknown) => {
  report(error);
  process.exit(1);
});
