import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { ServiceBroker } from "moleculer";
import brokerOptions from "../../moleculer.config";
import { startSandbox, type Sandbox } from "../../services/stripe-sandbox";
import { SYSTEM } from "../../shared/service/caller";
import type { ActionName, ParamsOf, ResultOf } from "../../shared/contracts";
import { openDatabase, type Knex } from "../../shared/db/open-database";
import { startNats, type NatsServer } from "../support/nats-server";
import { freePorts, startServiceProcess, type ServiceProcess } from "../support/processes";

const STRIPE = { secretKey: "sk_test_prove", publishableKey: "pk_test_prove", webhookSecret: "whsec_prove" };
/** Webhooks are to come through within the proof, whatever happens to the gateway. */
const WEBHOOK_RETRIES_MS = Array.from({ length: 300 }, () => 400);
const CALL_WITHIN_MS = 10_000;
const READY_WITHIN_MS = 60_000;

/** One process of the cluster, whichever it is at the moment. */
export interface Actor {
  name: string;
  services: string[];
  state: "up" | "frozen" | "down";
  process: ServiceProcess;
}

/** Service processes over NATS, a stand-in for Stripe, and the hands that hurt and heal them. */
export class Cluster {
  readonly db: Knex;
  readonly sandbox: Sandbox;
  readonly nats: NatsServer;
  /** What ended that nobody had killed. */
  readonly deaths: string[] = [];
  readonly #broker: ServiceBroker;
  readonly #env: Record<string, string>;
  #actors: Actor[] = [];
  #gone: (() => void)[] = [];

  private constructor(parts: {
    db: Knex;
    sandbox: Sandbox;
    nats: NatsServer;
    broker: ServiceBroker;
    env: Record<string, string>;
  }) {
    this.db = parts.db;
    this.sandbox = parts.sandbox;
    this.nats = parts.nats;
    this.#broker = parts.broker;
    this.#env = parts.env;
  }

  /**
   * Starts everything and waits until it is ready.
   * @param databaseUrl of a database that has been prepared
   * @param groups the services of each process, like `["catalog,cron", "cron"]`
   */
  static async start(databaseUrl: string, groups: string[], zone: string): Promise<Cluster> {
    const [port = 0] = await freePorts(1);
    const webhookUrl = `http://127.0.0.1:${port}/api/stripe/webhook/`;
    const nats = await startNats();
    const sandbox = await startSandbox({ ...STRIPE, webhookUrl, retryDelaysMs: WEBHOOK_RETRIES_MS });
    const db = openDatabase({ url: databaseUrl, schema: "public", poolSize: 12 });
    const broker = new ServiceBroker({
      ...brokerOptions({ logLevel: "fatal", natsUrl: nats.url }),
      nodeID: `prove-${process.pid}`,
    });
    const env = {
      DATABASE_URL: databaseUrl,
      NATS_URL: nats.url,
      PORT: String(port),
      TEST_CLOCK: "true",
      BILLING_TIMEZONE: zone,
      LOG_LEVEL: "warn",
      STRIPE_SECRET_KEY: STRIPE.secretKey,
      STRIPE_PUBLISHABLE_KEY: STRIPE.publishableKey,
      STRIPE_WEBHOOK_SECRET: STRIPE.webhookSecret,
      STRIPE_API_BASE: sandbox.url,
      STRIPE_JS_URL: sandbox.stripeJsUrl,
    };
    const cluster = new Cluster({ db, sandbox, nats, broker, env });
    try {
      await broker.start();
      cluster.#actors = await Promise.all(
        groups.map((services, index) =>
          cluster.#launch(`${"ABCDEFGHIJ"[index]}(${services})`, services.split(",")),
        ),
      );
      await Promise.all(cluster.#actors.map(({ process }) => process.ready(READY_WITHIN_MS)));
      await broker.waitForServices(
        [...new Set(groups.flatMap((services) => services.split(",")))].filter((name) => name !== "gateway"),
      );
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async #launch(name: string, services: string[]): Promise<Actor> {
    const actor: Actor = { name, services, state: "up", process: await this.#startProcess(services) };
    this.#watch(actor);
    return actor;
  }

  #startProcess(services: string[]): Promise<ServiceProcess> {
    return startServiceProcess({ ...this.#env, SERVICES: services.join(",") });
  }

  #watch(actor: Actor): void {
    const { process } = actor;
    void process.ended.then(({ status, signal }) => this.#mourn(actor, process, `${status ?? signal}`));
  }

  #mourn(actor: Actor, process: ServiceProcess, how: string): void {
    if (actor.process !== process || actor.state === "down") return;
    this.deaths.push(`${actor.name} ended by itself with ${how}: ${process.output().slice(-600)}`);
  }

  /** The processes that run, of one service or of all. */
  up(service?: string): Actor[] {
    return this.#actors.filter(
      ({ state, services }) => state === "up" && (service === undefined || services.includes(service)),
    );
  }

  /** Calls an action as the system, at one process where one is named. */
  call<Name extends ActionName>(
    name: Name,
    params: ParamsOf<Name>,
    { at, within_ms = CALL_WITHIN_MS }: { at?: Actor; within_ms?: number } = {},
  ) {
    const target = at === undefined ? {} : { nodeID: `${hostname().toLowerCase()}-${at.process.pid}` };
    return this.#broker.call(name, params, {
      meta: { caller: SYSTEM },
      timeout: within_ms,
      ...target,
    }) as Promise<ResultOf<Name>>;
  }

  /** Rings a service's doorbell without there being any news. */
  ring(service: string): Promise<void> {
    return this.#broker.broadcast(`doorbell.${service}`);
  }

  /** Resolves when the next process of a service is killed. */
  nextDeath(): Promise<void> {
    return new Promise((resolve) => this.#gone.push(resolve));
  }

  async kill(actor: Actor): Promise<void> {
    actor.state = "down";
    await actor.process.kill();
    // Who moved the clock holds it for a minute; whoever is to go on now takes it from the dead.
    if (actor.services.includes("cron"))
      await this.db.raw("UPDATE cron.clock SET mover = NULL, moving_until = NULL");
    for (const tell of this.#gone.splice(0)) tell();
  }

  /** Starts a killed process again. */
  async restart(actor: Actor): Promise<void> {
    actor.process = await this.#startProcess(actor.services);
    this.#watch(actor);
    await actor.process.ready(READY_WITHIN_MS);
    actor.state = "up";
  }

  freeze(actor: Actor): void {
    actor.state = "frozen";
    actor.process.signal("SIGSTOP");
  }

  thaw(actor: Actor): void {
    actor.process.signal("SIGCONT");
    if (actor.state === "frozen") actor.state = "up";
  }

  /**
   * The process that holds a connection to Postgres, by the connection's port; undefined where the system
   * does not tell.
   */
  ownerOf(port: number): Actor | undefined {
    const inode = socketInode(port);
    return inode === undefined ? undefined : this.up().find(({ process }) => holdsSocket(process.pid, inode));
  }

  async stop(): Promise<void> {
    for (const actor of this.#actors) actor.state = "down";
    await Promise.all(this.#actors.map(({ process }) => process.kill()));
    await this.#broker.stop();
    await this.sandbox.stop();
    await this.nats.stop();
    await this.db.destroy();
  }
}

/** Linux's list of TCP connections names the socket behind each local port. */
function socketInode(port: number): string | undefined {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  try {
    const lines = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1);
    return lines.map((line) => line.trim().split(/\s+/)).find((fields) => fields[1]?.endsWith(local))?.[9];
  } catch {
    return undefined;
  }
}

function holdsSocket(pid: number, inode: string): boolean {
  try {
    const files = readdirSync(`/proc/${pid}/fd`);
    return files.some((file) => readlinkSync(`/proc/${pid}/fd/${file}`) === `socket:[${inode}]`);
  } catch {
    return false;
  }
}
