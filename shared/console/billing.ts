import { contracts, type Producer } from "../contracts";
import { billingRunKind } from "../contracts/invoicing";
import { auditBooks } from "./audit";
import { showPreview } from "./billing-preview";
import { describeRun, RUN_TAKES, runBilling } from "./billing-run";
import { columns, type Operator, type OperatorCommand, UsageError } from "./command";

const RUNS_SHOWN = 5;
const SERVICES = Object.keys(contracts) as Producer[];

/** Billing as operators see it. */
export const billing: OperatorCommand = {
  name: "billing",
  description: "Runs billing, and shows how it goes",
  verbs: {
    run: {
      takes: RUN_TAKES,
      does: `carries out a run (${billingRunKind.options.join(", ")}) as of a day, today by default`,
      run: runBilling,
    },
    preview: {
      takes: "[as_of]",
      does: "shows what a run as of a day, today by default, would issue; nothing is written",
      run: showPreview,
    },
    status: {
      takes: "",
      does: "shows the latest runs, what waits in the feeds, and dead letters",
      run: showStatus,
    },
    audit: {
      takes: "",
      does: "checks the books of all services; exit status 1 for findings, 2 if it could not",
      run: auditBooks,
    },
    "dead-letters": {
      takes: "",
      does: "shows the events that a service could not consume",
      run: showDeadLetters,
    },
    replay: { takes: "<service> <id>", does: "consumes a dead letter once more", run: replay },
  },
};

async function showStatus({ call, print }: Operator): Promise<void> {
  const { items } = await call("invoicing.listBillingRuns", { limit: RUNS_SHOWN });
  print("Latest runs");
  for (const run of items)
    print(`  ${run.created_at}  ${describeRun(run)}${run.error === null ? "" : `, ${run.error}`}`);
  if (items.length === 0) print("  none");
  const rows = await Promise.all(SERVICES.map((service) => serviceRow(call, service)));
  print("Services");
  for (const line of columns([["service", "events waiting in feeds", "dead letters"], ...rows]))
    print(`  ${line}`);
}

/** One service that is away must not keep the others from being shown. */
async function serviceRow(call: Operator["call"], service: Producer): Promise<string[]> {
  try {
    const feeds = await call(`${service}.feedStatus`, {});
    const letters = await call(`${service}.listDeadLetters`, {});
    const waiting = feeds
      .filter(({ behind }) => behind > 0)
      .map(({ producer, behind }) => `${producer} ${behind}`);
    return [service, waiting.length === 0 ? "none" : waiting.join(", "), String(letters.length)];
  } catch (error) {
    return [service, `not to be had: ${error instanceof Error ? error.message : String(error)}`, "?"];
  }
}

async function showDeadLetters({ call, print }: Operator): Promise<void> {
  let shown = 0;
  for (const service of SERVICES) {
    for (const { id, type, subject_id, error, failed_at } of await call(`${service}.listDeadLetters`, {})) {
      print(`${service}  ${id}  ${type} of ${subject_id}, ${failed_at}: ${error}`);
      shown += 1;
    }
  }
  if (shown === 0) print("There are no dead letters.");
}

async function replay({ call, print }: Operator, [name, id, ...rest]: string[]): Promise<void> {
  const service = SERVICES.find((each) => each === name);
  if (service === undefined || id === undefined || rest.length > 0) {
    throw new UsageError(`Usage: billing replay <${SERVICES.join("|")}> <id of the dead letter>`);
  }
  const { replayed } = await call(`${service}.replayDeadLetter`, { id });
  if (!replayed) throw new Error(`${service} has no such dead letter`);
  print("Replayed: it has taken effect.");
}
