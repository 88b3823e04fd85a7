"use strict";

const Sequencer = require("@jest/test-sequencer").default;

/** The files that take longest, in that order. One that began last would run alone. */
const LONG = [
  "cluster/restore",
  "cluster/retries",
  "cluster/cluster",
  "browser/payment-states",
  "services/identity/tokens",
  "prove/prove",
  "cluster/one-process",
  "shared/events/event-path",
  "browser/payment-page",
  "cluster/migrate",
  "services/notifications/notifications",
  "scenarios/billing-stories",
  "scenarios/odd-values",
  "scenarios/readme",
  "gateway/attacks",
  "cluster/attacks",
  "cluster/audit-command",
  "cluster/nats",
  "shared/db/embedded-postgres",
  "services/invoicing/preview",
  "services/invoicing/day-starts",
];

/** Runs long files first, then the others in the order that Jest chooses: failed and large ones first. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const index = LONG.findIndex((name) => path.endsWith(`/${name}.test.ts`));
      return index === -1 ? LONG.length : index;
    };
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
};
