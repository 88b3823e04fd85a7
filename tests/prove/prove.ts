import { setTimeout as delay } from "node:timers/promises";
import { SERVICE_NAMES } from "../../shared/config/config";
import type { Producer } from "../../shared/contracts";
import { openDatabase } from "../../shared/db/open-database";
import { prepareDatabases } from "../../shared/process/prepare-databases";
import { ActionRunner } from "./actions";
import { count, readViolations } from "./books";
import { BusinessTime } from "./business-time";
import { dayOf, instantOf } from "./calendar";
import { checkBooks } from "./checks";
import { Cluster } from "./cluster";
import { FaultInjector } from "./fault-injector";
import { retry } from "./retry";
import { makeStory, type Scale, type Step, type Story } from "./story";

const SERVICES: Producer[] = SERVICE_NAMES.filter((name) => name !== "gateway");
/** Longer than the ten seconds after which another process takes over the run of a killed one. */
const OPEN_RUNS_WITHIN_MS = 45_000;
const WEBHOOKS_WITHIN_MS = 30_000;
const IDLE_WITHIN_MS = 60_000;

export interface ProofOptions extends Scale {
  seed: number;
  databaseUrl: string;
  /** the services of each process */
  processes: string[];
  /** gets each line of what happens */
  log: (line: string) => void;
}

export interface Proof {
  /** what is wrong; empty when the proof holds */
  findings: string[];
  /** how much there was of each thing, for the report */
  counts: { [what: string]: number };
}

/** Runs the story of a seed, with its faults, then compares the books with the model. */
export async function prove(options: ProofOptions): Promise<Proof> {
  const story = makeStory(options.seed, options);
  await setClock(options.databaseUrl, instantOf(story.firstMoment, story.zone.offset_min));
  const began = Date.now();
  const cluster = await Cluster.start(options.databaseUrl, options.processes, story.zone.name);
  options.log(
    `zone ${story.zone.name}; ${options.processes.length} processes ready after ${seconds(began)} s`,
  );
  try {
    const runner = new ActionRunner(cluster, story);
    const findings = await runStory(cluster, story, runner, options.log).catch((error: unknown) => [
      `the story stopped: ${String(error)}`,
    ]);
    const complete = findings.length === 0;
    const books = await (complete
      ? checkBooks(cluster.db, story, runner.results)
      : readViolations(cluster.db));
    const audit = complete ? await readAudit(cluster).catch((error: unknown) => [String(error)]) : [];
    return {
      findings: [...findings, ...cluster.unexpectedExits, ...books, ...audit],
      counts: await countAll(cluster, story, runner),
    };
  } finally {
    await cluster.stop();
  }
}

const seconds = (since_ms: number): string => ((Date.now() - since_ms) / 1000).toFixed(1);

/** Business time must start with the story: from today on, cron would emit every slot in between. */
async function setClock(databaseUrl: string, instant: string): Promise<void> {
  await prepareDatabases(databaseUrl);
  const db = openDatabase({ url: databaseUrl, schema: "public", poolSize: 1 });
  try {
    await db.raw("UPDATE cron.clock SET moved_to = ?", [instant]);
  } finally {
    await db.destroy();
  }
}

async function runStory(
  cluster: Cluster,
  story: Story,
  runner: ActionRunner,
  log: (line: string) => void,
): Promise<string[]> {
  const began = Date.now();
  const time = new BusinessTime(cluster, story.zone.offset_min, story.firstMoment);
  const timedLog = (line: string) => log(`${seconds(began).padStart(6)} s  ${time.now}  ${line}`);
  const injector = new FaultInjector(
    cluster,
    (subscription) => runner.customerOf(subscription),
    (line) => timedLog(`  fault: ${line}`),
  );
  await runner.setUp();
  try {
    for (const step of story.steps) {
      const asOf = dayOf(time.now);
      const faultsOf = (phase: "clock" | "actions") => step.faults.filter((fault) => fault.phase === phase);
      await injector.inject(faultsOf("clock"), asOf);
      await time.advanceTo(step.at, step.clock);
      timedLog(`${step.clock}; ${describeActions(step)}`);
      await injector.inject(faultsOf("actions"), asOf);
      await runner.runAll(step.actions);
    }
  } finally {
    await injector.finish();
  }
  timedLog("all faults have ended");
  return waitUntilIdle(cluster, time, story);
}

function describeActions({ actions }: Step): string {
  const each = actions.map((action) =>
    "subscription" in action
      ? `${action.kind} subscription ${action.subscription}`
      : `${action.kind} plan ${action.plan}`,
  );
  return each.join(", ") || "no actions";
}

/**
 * With everything running again, waits until no work is left.
 * @returns what is still left after the time limits
 */
async function waitUntilIdle(cluster: Cluster, time: BusinessTime, story: Story): Promise<string[]> {
  await time.advanceTo(story.lastMoment, "moved");
  const webhooks = cluster.sandbox.webhooks.idle().then(() => true);
  if (!(await Promise.race([webhooks, delay(WEBHOOKS_WITHIN_MS, false, { ref: false })])))
    return ["some webhooks were not delivered"];
  const deadline = Date.now() + OPEN_RUNS_WITHIN_MS;
  while ((await count(cluster.db, "invoicing.billing_runs WHERE status IN ('queued', 'running')")) > 0) {
    if (Date.now() > deadline) break;
    await drainAll(cluster);
    await delay(200);
  }
  await drainAll(cluster);
  const statuses = await Promise.all(
    SERVICES.map((name) => retry(`${name}'s feeds`, () => cluster.call(`${name}.feedStatus`, {}))),
  );
  return statuses.flatMap((feeds, index) =>
    feeds
      .filter((feed) => feed.behind > 0)
      .map((feed) => `${SERVICES[index]} is ${feed.behind} events behind ${feed.producer}`),
  );
}

/** @throws Error when there is still more to do after a minute */
async function drainAll(cluster: Cluster): Promise<void> {
  for (const deadline = Date.now() + IDLE_WITHIN_MS; Date.now() < deadline;) {
    let done = 0;
    for (const name of SERVICES)
      done += (
        await retry(`draining ${name}`, () => cluster.call(`${name}.drain`, {}, { within_ms: 30_000 }))
      ).done;
    if (done === 0) return;
  }
  throw new Error(`the system is still busy after ${IDLE_WITHIN_MS} ms`);
}

/** The findings of the product's own audit. */
async function readAudit(cluster: Cluster): Promise<string[]> {
  const { checks } = await retry("the audit", () =>
    cluster.call("invoicing.auditBooks", {}, { within_ms: 60_000 }),
  );
  return checks
    .filter(({ findings }) => findings > 0)
    .map(({ service, check, ids }) => `the audit of ${service}, ${check}: ${ids.join(", ")}`);
}

async function countAll(cluster: Cluster, story: Story, runner: ActionRunner): Promise<Proof["counts"]> {
  return {
    subscriptions: story.subscriptions.length,
    steps: story.steps.length,
    faults: story.steps.reduce((sum, { faults }) => sum + faults.length, 0),
    invoices: await count(cluster.db, "invoicing.invoices"),
    charged: runner.results.charged.size,
    runs: await count(cluster.db, "invoicing.billing_runs"),
    deliveries: await count(cluster.db, "notifications.deliveries"),
  };
}
