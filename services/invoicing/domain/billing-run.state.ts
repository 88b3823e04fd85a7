import type { BillingRun } from "../../../shared/contracts/invoicing";

type Status = BillingRun["status"];

/**
 * Which states a billing run may go to from each; a run found `running` without a heartbeat is taken over,
 * not restarted.
 */
export const TRANSITIONS = {
  queued: ["running"],
  running: ["done", "failed"],
  done: [],
  failed: [],
} as const satisfies Record<Status, readonly Status[]>;
