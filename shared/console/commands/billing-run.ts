import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type BillingRun, billingRunKind } from "../../contracts/invoicing";
import { currencyCode, MoneyError, parseAmount } from "../../money";
import { type CommandContext, UsageError } from "../command";
import { messageOf } from "../../errors";

const POLL_EVERY_MS = 250;
const BAR_WIDTH = 30;

const LIMITS = "[--max-count N] [--max-total usd=1000.00]";
/** The arguments of `billing run`. */
export const RUN_USAGE = `[kind] [as_of] ${LIMITS}`;
const USAGE = `Usage: billing run [${billingRunKind.options.join("|")}] [YYYY-MM-DD] ${LIMITS}`;

/**
 * Starts a run and shows its progress until it ends.
 * @throws UsageError; Error with the reason when the run fails
 */
export async function runBilling({ call, print, draw }: CommandContext, args: string[]): Promise<void> {
  let run = await call("invoicing.startBillingRun", parseRunArgs(args));
  for (let status: BillingRun["status"] | undefined; ;) {
    if (run.status !== status) print(describeRun(run));
    if (run.status === "done") return;
    if (run.status === "failed") throw new Error(run.error ?? "the run failed");
    draw(progressBar(run));
    status = run.status;
    await delay(POLL_EVERY_MS);
    run = await call("invoicing.getBillingRun", { id: run.id });
  }
}

/** Describes a run in one line: kind, day, status and counts. */
export function describeRun({ kind, as_of, status, counts, rate }: BillingRun): string {
  const counted = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  const speed = rate === null || rate === 0 ? [] : [`${rate} per second`];
  return [`${kind} as of ${as_of}: ${status}`, ...counted, ...speed].join(", ");
}

/**
 * Draws the progress of a run: `[###------]  33 %  1000 of 3000  500 per second  4 s left`, or `waiting …`
 * until the run has counted what is due.
 */
export function progressBar({ counts, rate }: BillingRun): string {
  const { due, issued = 0, parked = 0 } = counts;
  if (due === undefined) return "waiting …";
  const done = Math.min(issued + parked, due);
  const share = due === 0 ? 1 : done / due;
  const full = Math.floor(share * BAR_WIDTH);
  const bar = `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}]`;
  const state = `${bar}  ${Math.floor(share * 100)} %  ${done} of ${due}`;
  return rate === null || rate === 0
    ? state
    : `${state}  ${rate} per second  ${Math.ceil((due - done) / rate)} s left`;
}

/** @throws UsageError */
function parseRunArgs(args: string[]) {
  const { positionals, values } = parseOptions(args);
  const [kindName = "generate_invoices", as_of, ...rest] = positionals;
  const kind = billingRunKind.safeParse(kindName);
  if (!kind.success || rest.length > 0) throw new UsageError(USAGE);
  const { "max-count": maxCount, "max-total": maxTotal } = values;
  if (maxCount !== undefined && !/^\d+$/.test(maxCount))
    throw new UsageError(`--max-count must be a whole number. ${USAGE}`);
  return {
    kind: kind.data,
    ...(as_of === undefined ? {} : { as_of }),
    ...(maxCount === undefined ? {} : { max_count: Number(maxCount) }),
    ...(maxTotal === undefined ? {} : { max_total: Object.fromEntries(maxTotal.map(readAmount)) }),
  };
}

function parseOptions(args: string[]) {
  try {
    const options = {
      "max-count": { type: "string" },
      "max-total": { type: "string", multiple: true },
    } as const;
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    const [problem = ""] = messageOf(error).split(/[.\n]/, 1);
    throw new UsageError(`${problem}.\n${USAGE}`);
  }
}

/** Parses `usd=1000.00` into the currency and the amount in minor units. @throws UsageError */
function readAmount(text: string): [string, number] {
  const [currency = "", amount = ""] = text.split("=", 2);
  try {
    return [currencyCode.parse(currency), parseAmount(amount, currency)];
  } catch (error) {
    const problem = error instanceof MoneyError ? error.message : "must be an amount such as usd=1000.00";
    throw new UsageError(`--max-total ${text}: ${problem}`);
  }
}
