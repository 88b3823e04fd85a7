import { type Sandbox, type SandboxLog, startSandbox } from "./index";
import { readSettings } from "./settings";

/** npm and containers kill a process after ten seconds. */
const STOP_WITHIN_MS = 8_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const warn = (line: string): void => void process.stderr.write(`${line}\n`);
const log: SandboxLog = { info: say, warn, error: warn };

/** Ends the process once requests and deliveries in flight are finished. Ctrl-C below npm arrives twice. */
async function stop(sandbox: Sandbox): Promise<void> {
  setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
  await sandbox.stop();
  process.exit(0);
}

/** `npm run sandbox`: the sandbox as a process of its own, with the settings of its environment. */
async function main(): Promise<void> {
  const sandbox = await startSandbox({ ...readSettings(process.env), log });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => orFail(stop(sandbox)));
  say(`Stripe sandbox listens at ${sandbox.url}, Stripe.js at ${sandbox.stripeJsUrl}`);
  say("No money moves: it knows test cards only, such as 4242 4242 4242 4242.");
}

/** Ends the process with the reason if the work fails. */
function orFail(work: Promise<void>): void {
  work.catch((error: unknown) => {
    warn(error instanceof Error ? error.message : String(error));
    process.exit(1);
  });
}

orFail(main());
