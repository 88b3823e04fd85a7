import type { BillingRun } from "../../../shared/contracts/invoicing";
import { stateMachine } from "../../../shared/states";

/** A run that is `running` without a heartbeat is taken over by another worker, and stays `running`. */
export const runStates = stateMachine<BillingRun["status"]>({
  queued: ["running"],
  running: ["done", "failed"],
  done: [],
  failed: [],
});
