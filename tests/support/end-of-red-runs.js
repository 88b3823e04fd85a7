"use strict";

/** How long a run may still take after its results, when tests have failed: Postgres must be removed. */
const GRACE_MS = 10_000;

/**
 * A Jest reporter that ends a red run by itself. A test that fails before it has closed what it opened leaves
 * servers and connections behind, and Jest would wait for them for ever. A green run is not ended: what keeps
 * it alive is a mistake to be seen.
 */
module.exports = class EndOfRedRuns {
  constructor(_globalConfig, { grace_ms = GRACE_MS } = {}) {
    this.grace_ms = grace_ms;
  }

  onRunComplete(_contexts, { numFailedTests, numFailedTestSuites, numRuntimeErrorTestSuites }) {
    if (numFailedTests + numFailedTestSuites + numRuntimeErrorTestSuites === 0) return;
    // Where nothing is left behind, Jest ends before: this timer does not keep the process alive.
    setTimeout(() => process.exit(1), this.grace_ms).unref();
  }
};
