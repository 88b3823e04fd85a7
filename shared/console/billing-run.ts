import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type BillingRun, billingRunKind } from "../contracts/invoicing";
import { currencyCode, MoneyError, parseAmount } from "../money";
import { type Operator, UsageError } from "./command";

const LOOK_EVERY_MS = 250;
const BAR_WIDTH = 30;

/** What may follow `billing run`. */
export const RUN_TAKES = "[kind] [as_of] [--max-count N] [--max-total usd=1000.00]";
const USAGE = `Usage: billing run [${billingRunKind.options.join("|")}] [YYYY-MM-DD] [--max-count N] [--max-total usd=1000.00]`;

/**
 * Carries out a run and shows how far it is.
 * @throws UsageError, or Error with the reason when the run fails
 */
export async function runBilling({ call, print, draw }: Operator, words: string[]): Promise<void> {
  let run = await call("invoicing.startBillingRun", readOrder(words));
  for (let status: BillingRun["status"] | undefined; ;) {
    if (run.status !== status) print(describeRun(run));
    if (run.status === "done") return;
    if (run.status === "failed") throw new Error(run.error ?? "the run failed");
    draw(progressBar(run));
    status = run.status;
    await delay(LOOK_EVERY_MS);
    run = await call("invoicing.getBillingRun", { id: run.id });
  }
}

/** A run in a line: what it is, its state, and what it has counted. */
export function describeRun({ kind, as_of, status, counts, rate }: BillingRun): string {
  const counted = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
  const speed = rate === null || rate === 0 ? [] : [`${rate} per second`];
  return [`${kind} as of ${as_of}: ${status}`, ...counted, ...speed].join(", ");
}

/**
 * How far a run is, like `[###------]  33 %  1000 of 3000  500 per second  4 s left`; before it knows what is
 * due, that it waits.
 */
export function progressBar({ counts, rate }: BillingRun): string {
  const { due, issued = 0, parked = 0 } = counts;
  if (due === undefined) return "waiting …";
  const settled = Math.min(issued + parked, due);
  const share = due === 0 ? 1 : settled / due;
  const full = Math.floor(share * BAR_WIDTH);
  const bar = `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}]  ${Math.floor(share * 100)} %  ${settled} of ${due}`;
  return rate === null || rate === 0
    ? bar
    : `${bar}  ${rate} per second  ${Math.ceil((due - settled) / rate)} s left`;
}

/** @throws UsageError */
function readOrder(words: string[]) {
  const { positionals, values } = parseWords(words);
  const [kindWord = "generate_invoices", as_of, ...rest] = positionals;
  const kind = billingRunKind.safeParse(kindWord);
  if (!kind.success || rest.length > 0) throw new UsageError(USAGE);
  const { "max-count": maxCount, "max-total": maxTotal } = values;
  if (maxCount !== undefined && !/^\d+$/.test(maxCount))
    throw new UsageError(`--max-count takes a whole number. ${USAGE}`);
  return {
    kind: kind.data,
    ...(as_of === undefined ? {} : { as_of }),
    ...(maxCount === undefined ? {} : { max_count: Number(maxCount) }),
    ...(maxTotal === undefined ? {} : { max_total: Object.fromEntries(maxTotal.map(readAmount)) }),
  };
}

function parseWords(words: string[]) {
  try {
    const options = {
      "max-count": { type: "string" },
      "max-total": { type: "string", multiple: true },
    } as const;
    return parseArgs({ args: words, options, allowPositionals: true });
  } catch (error) {
    const [problem = ""] = (error instanceof Error ? error.message : String(error)).split(/[.\n]/, 1);
    throw new UsageError(`${problem}.\n${USAGE}`);
  }
}

/** Reads `usd=1000.00`. @returns the currency, and its amount in minor units */
function readAmount(text: string): [string, number] {
  const [currency = "", amount = ""] = text.split("=", 2);
  try {
    return [currencyCode.parse(currency), parseAmount(amount, currency)];
  } catch (error) {
    throw new UsageError(
      `--max-total ${text}: ${error instanceof MoneyError ? error.message : "takes an amount like usd=1000.00"}`,
    );
  }
}
