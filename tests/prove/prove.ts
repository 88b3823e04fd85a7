import { setTimeout as delay } from "node:timers/promises";
import { SERVICE_NAMES } from "../../shared/config/config";
import type { Producer } from "../../shared/contracts";
import { prepareDatabases } from "../../shared/process/prepare-databases";
import { openDatabase } from "../../shared/db/open-database";
import { count, readForbidden } from "./books";
import { BusinessTime } from "./business-time";
import { dayOf, instantOf } from "./calendar";
import { Chaos } from "./chaos";
import { checkBooks } from "./checks";
import { Cluster } from "./cluster";
import { Doer } from "./deeds";
import { patiently } from "./patience";
import { plot, type Scale, type Story } from "./story";

const SERVICES: Producer[] = SERVICE_NAMES.filter((name) => name !== "gateway");
/** What a process that died had begun is taken up after ten seconds. */
const OPEN_RUNS_WITHIN_MS = 45_000;
const WEBHOOKS_WITHIN_MS = 30_000;
const REST_WITHIN_MS = 60_000;

export interface ProofOptions extends Scale {
  seed: number;
  databaseUrl: string;
  /** the services of each process */
  processes: string[];
  /** gets each line of what happens */
  tell: (line: string) => void;
}

export interface Proof {
  /** what was not as it must be; empty when all is well */
  findings: string[];
  /** what there was, for the report */
  facts: { [what: string]: number };
}

/**
 * Lets a fleet live through some months under fire, then compares the books with what the model says must be
 * in them.
 */
export async function prove(options: ProofOptions): Promise<Proof> {
  const story = plot(options.seed, options);
  await setClock(options.databaseUrl, instantOf(story.firstMoment, story.zone.offset_min));
  const began = Date.now();
  const cluster = await Cluster.start(options.databaseUrl, options.processes, story.zone.name);
  options.tell(
    `zone ${story.zone.name}; ${options.processes.length} processes ready after ${seconds(began)} s`,
  );
  try {
    const doer = new Doer(cluster, story);
    const findings = await live(cluster, story, doer, options.tell).catch((error: unknown) => [
      `the story broke off: ${String(error)}`,
    ]);
    const broken = findings.length > 0;
    const books = await (broken ? readForbidden(cluster.db) : checkBooks(cluster.db, story, doer.record));
    const audit = broken ? [] : await readAudit(cluster).catch((error: unknown) => [String(error)]);
    return {
      findings: [...findings, ...cluster.deaths, ...books, ...audit],
      facts: await gatherFacts(cluster, story, doer),
    };
  } finally {
    await cluster.stop();
  }
}

const seconds = (since_ms: number): string => ((Date.now() - since_ms) / 1000).toFixed(1);

/** Business time begins where the story does: cron would emit the slots of the real day. */
async function setClock(databaseUrl: string, instant: string): Promise<void> {
  await prepareDatabases(databaseUrl);
  const db = openDatabase({ url: databaseUrl, schema: "public", poolSize: 1 });
  try {
    await db.raw("UPDATE cron.clock SET moved_to = ?", [instant]);
  } finally {
    await db.destroy();
  }
}

async function live(
  cluster: Cluster,
  story: Story,
  doer: Doer,
  tell: (line: string) => void,
): Promise<string[]> {
  const began = Date.now();
  const time = new BusinessTime(cluster, story.zone.offset_min, story.firstMoment);
  const timed = (line: string) => tell(`${seconds(began).padStart(6)} s  ${time.now}  ${line}`);
  const chaos = new Chaos(
    cluster,
    (life) => doer.userOf(life),
    (line) => timed(`  fire: ${line}`),
  );
  await doer.begin();
  try {
    for (const { at, way, deeds, fires } of story.steps) {
      const asOf = dayOf(time.now);
      await chaos.light(
        fires.filter(({ phase }) => phase === "way"),
        asOf,
      );
      await time.goOnTo(at, way);
      timed(
        `${way}; ${deeds.map((deed) => `${deed.kind} ${"life" in deed ? deed.life : deed.plan}`).join(", ") || "nothing to do"}`,
      );
      await chaos.light(
        fires.filter(({ phase }) => phase === "deeds"),
        asOf,
      );
      await doer.doAll(deeds);
    }
  } finally {
    await chaos.over();
  }
  timed("the fire is over");
  return comeToRest(cluster, time, story);
}

/** Everybody is back: what is under way ends, what waits is done. @returns what did not come to its end */
async function comeToRest(cluster: Cluster, time: BusinessTime, story: Story): Promise<string[]> {
  await time.goOnTo(story.lastMoment, "moved");
  const webhooks = cluster.sandbox.webhooks.idle().then(() => true);
  if (!(await Promise.race([webhooks, delay(WEBHOOKS_WITHIN_MS, false, { ref: false })])))
    return ["webhooks did not get through"];
  const deadline = Date.now() + OPEN_RUNS_WITHIN_MS;
  while ((await count(cluster.db, "invoicing.billing_runs WHERE status IN ('queued', 'running')")) > 0) {
    if (Date.now() > deadline) break;
    await drain(cluster);
    await delay(200);
  }
  await drain(cluster);
  const behind = await Promise.all(
    SERVICES.map((name) => patiently(`${name}'s feeds`, () => cluster.call(`${name}.feedStatus`, {}))),
  );
  return behind.flatMap((feeds, index) =>
    feeds
      .filter((feed) => feed.behind > 0)
      .map((feed) => `${SERVICES[index]} is ${feed.behind} events behind ${feed.producer}`),
  );
}

/** @throws Error when there is always more to do */
async function drain(cluster: Cluster): Promise<void> {
  for (const deadline = Date.now() + REST_WITHIN_MS; Date.now() < deadline;) {
    let done = 0;
    for (const name of SERVICES)
      done += (
        await patiently(`settling ${name}`, () => cluster.call(`${name}.drain`, {}, { within_ms: 30_000 }))
      ).done;
    if (done === 0) return;
  }
  throw new Error(`the system does not come to rest within ${REST_WITHIN_MS} ms`);
}

/** What the product's own audit finds. */
async function readAudit(cluster: Cluster): Promise<string[]> {
  const { checks } = await patiently("the audit", () =>
    cluster.call("invoicing.auditBooks", {}, { within_ms: 60_000 }),
  );
  return checks
    .filter(({ findings }) => findings > 0)
    .map(({ service, check, ids }) => `the audit of ${service}, ${check}: ${ids.join(", ")}`);
}

async function gatherFacts(cluster: Cluster, story: Story, doer: Doer): Promise<Proof["facts"]> {
  return {
    subscriptions: story.lives.length,
    steps: story.steps.length,
    fires: story.steps.reduce((sum, { fires }) => sum + fires.length, 0),
    invoices: await count(cluster.db, "invoicing.invoices"),
    charged: doer.record.charged.size,
    runs: await count(cluster.db, "invoicing.billing_runs"),
    deliveries: await count(cluster.db, "notifications.deliveries"),
  };
}
