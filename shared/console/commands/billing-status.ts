import { PRODUCERS, type Producer } from "../../contracts";
import { columns } from "../columns";
import type { CommandContext } from "../command";
import { describeRun } from "./billing-run";
import { messageOf } from "../../errors";

const RUNS_SHOWN = 5;

/** Shows the latest runs, the events that wait in the feeds, and the number of dead letters. */
export async function showStatus({ call, print }: CommandContext): Promise<void> {
  const { items } = await call("invoicing.listBillingRuns", { limit: RUNS_SHOWN });
  print("Latest runs");
  for (const run of items) {
    print(`  ${run.created_at}  ${describeRun(run)}${run.error === null ? "" : `, ${run.error}`}`);
  }
  if (items.length === 0) print("  none");
  const rows = await Promise.all(PRODUCERS.map((service) => serviceRow(call, service)));
  print("Services");
  for (const line of columns([["service", "events waiting in feeds", "dead letters"], ...rows])) {
    print(`  ${line}`);
  }
}

/** A service that is not available gets a row with the reason, so that the others are still shown. */
async function serviceRow(call: CommandContext["call"], service: Producer): Promise<string[]> {
  try {
    const feeds = await call(`${service}.feedStatus`, {});
    const letters = await call(`${service}.listDeadLetters`, {});
    const waiting = feeds
      .filter(({ behind }) => behind > 0)
      .map(({ producer, behind, lost }) => `${producer} ${behind}${lost ? " (lost: see accept-loss)" : ""}`);
    return [service, waiting.length === 0 ? "none" : waiting.join(", "), String(letters.length)];
  } catch (error) {
    return [service, `not available: ${messageOf(error)}`, "?"];
  }
}
