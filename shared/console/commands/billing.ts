import { billingRunKind } from "../../contracts/invoicing";
import type { ConsoleCommand } from "../command";
import { acceptLoss } from "./accept-loss";
import { auditBooks } from "./audit";
import { AUDIT_LOG_USAGE, showAuditLog } from "./audit-log";
import { showPreview } from "./billing-preview";
import { RUN_USAGE, runBilling } from "./billing-run";
import { showStatus } from "./billing-status";
import { replayDeadLetter, showDeadLetters } from "./dead-letters";
import { reconcile } from "./reconcile";

/** Everything about billing that an operator can do. */
export const billing: ConsoleCommand = {
  name: "billing",
  description: "Run billing, and see its state",
  verbs: {
    preview: {
      usage: "[as_of]",
      description: "shows what a run for that day (default: today) would issue; writes nothing",
      run: showPreview,
    },
    run: {
      usage: RUN_USAGE,
      description: `runs billing for a day (default: today); kinds: ${billingRunKind.options.join(", ")}`,
      run: runBilling,
    },
    status: {
      usage: "",
      description: "shows the latest runs, the events that wait in the feeds, and the number of dead letters",
      run: showStatus,
    },
    audit: {
      usage: "",
      description: "checks the books of all services; exit status 1 for findings, 2 when the audit failed",
      run: (context) => auditBooks(context),
    },
    "audit-log": {
      usage: AUDIT_LOG_USAGE,
      description: "shows who has changed what, newest first",
      run: showAuditLog,
    },
    reconcile: {
      usage: "[since]",
      description:
        "compares Stripe with the payments since a day, and names the successes that the books lack",
      run: reconcile,
    },
    "dead-letters": {
      usage: "",
      description: "lists the events that a service could not consume",
      run: showDeadLetters,
    },
    "accept-loss": {
      usage: "<consumer> <producer>",
      description: "goes on with the events of a producer that was restored to an older day",
      run: acceptLoss,
    },
    replay: { usage: "<service> <id>", description: "consumes a dead letter again", run: replayDeadLetter },
  },
};
