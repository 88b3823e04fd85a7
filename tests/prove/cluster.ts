import { setTimeout as delay } from "node:timers/promises";
import { databaseVariables } from "../support/database-variables";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { ServiceBroker } from "moleculer";
import brokerOptions from "../../moleculer.config";
import { startSandbox, type Sandbox } from "../../services/stripe-sandbox";
import { SERVICE_NAMES } from "../../shared/config/config";
import { busName, CONSOLE, nodeIdOf } from "../../shared/service/bus-name";
import { OPERATOR } from "../../shared/service/caller";
import type { ActionName, ParamsOf, ResultOf } from "../../shared/contracts";
import { openDatabase, type Knex } from "../../shared/db/open-database";
import { startNats, type NatsServer } from "../support/nats-server";
import { freePorts, startServiceProcess, type Ending, type ServiceProcess } from "../support/processes";
import { eventually } from "../support/system";

const STRIPE = { secretKey: "sk_test_prove", publishableKey: "pk_test_prove", webhookSecret: "whsec_prove" };
/** Enough retries to deliver every webhook before the proof ends, whatever happens to the gateway. */
const WEBHOOK_RETRIES_MS = Array.from({ length: 300 }, () => 400);
const CALL_WITHIN_MS = 10_000;
const PING_WITHIN_MS = 500;
const READY_WITHIN_MS = 60_000;

/** One process of the cluster. After a restart, `process` is the new one. */
export interface ClusterProcess {
  name: string;
  services: string[];
  state: "running" | "frozen" | "stopped";
  process: ServiceProcess;
}

/** Service processes over NATS and a Stripe sandbox; starts, kills, freezes and restarts them. */
export class Cluster {
  readonly db: Knex;
  readonly sandbox: Sandbox;
  readonly nats: NatsServer;
  /** Processes that ended although the proof did not kill them. */
  readonly unexpectedExits: string[] = [];
  readonly #broker: ServiceBroker;
  /** A node without services that may ring every service's doorbell. */
  readonly #bell: ServiceBroker;
  readonly #env: Record<string, string>;
  #processes: ClusterProcess[] = [];
  #onCut: (() => void)[] = [];

  private constructor(parts: {
    db: Knex;
    sandbox: Sandbox;
    nats: NatsServer;
    broker: ServiceBroker;
    bell: ServiceBroker;
    env: Record<string, string>;
  }) {
    this.db = parts.db;
    this.sandbox = parts.sandbox;
    this.nats = parts.nats;
    this.#broker = parts.broker;
    this.#bell = parts.bell;
    this.#env = parts.env;
  }

  /**
   * Starts everything and waits until it is ready.
   * @param databaseUrl a database with all schemas
   * @param groups the services of each process, like `["catalog,cron", "cron"]`
   */
  static async start(databaseUrl: string, groups: string[], zone: string): Promise<Cluster> {
    const [port = 0] = await freePorts(1);
    const webhookUrl = `http://127.0.0.1:${port}/api/stripe/webhook/`;
    const nats = await startNats([...groups, SERVICE_NAMES.join(",")]);
    const sandbox = await startSandbox({ ...STRIPE, webhookUrl, retryDelaysMs: WEBHOOK_RETRIES_MS });
    const db = openDatabase({ url: databaseUrl, schema: "public", poolSize: 12 });
    const broker = joinBus(CONSOLE, nats.urlFor(CONSOLE));
    const bell = joinBus(busName(SERVICE_NAMES), nats.urlFor(SERVICE_NAMES.join(",")));
    const env = {
      ...databaseVariables(databaseUrl),
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
    const cluster = new Cluster({ db, sandbox, nats, broker, bell, env });
    try {
      await Promise.all([broker.start(), bell.start()]);
      cluster.#processes = await Promise.all(
        groups.map((services, index) =>
          cluster.#launch(`${"ABCDEFGHIJ"[index]}(${services})`, services.split(",")),
        ),
      );
      await Promise.all(cluster.#processes.map(({ process }) => process.ready(READY_WITHIN_MS)));
      await broker.waitForServices(
        [...new Set(groups.flatMap((services) => services.split(",")))].filter((name) => name !== "gateway"),
      );
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async #launch(name: string, services: string[]): Promise<ClusterProcess> {
    const process = await this.#startProcess(services);
    const launched: ClusterProcess = { name, services, state: "running", process };
    this.#watch(launched);
    return launched;
  }

  #startProcess(services: string[]): Promise<ServiceProcess> {
    const SERVICES = services.join(",");
    return startServiceProcess({ ...this.#env, SERVICES, NATS_URL: this.nats.urlFor(SERVICES) });
  }

  #watch(watched: ClusterProcess): void {
    const { process } = watched;
    void process.ended.then((ending) => this.#checkExit(watched, process, ending));
  }

  #checkExit(watched: ClusterProcess, process: ServiceProcess, { status, signal }: Ending): void {
    if (watched.process !== process || watched.state === "stopped") return;
    const output = process.output().slice(-600);
    this.unexpectedExits.push(`${watched.name} ended by itself with ${status ?? signal}: ${output}`);
  }

  /** The processes that are running, of one service or of all. */
  running(service?: string): ClusterProcess[] {
    return this.#processes.filter(
      ({ state, services }) => state === "running" && (service === undefined || services.includes(service)),
    );
  }

  /**
   * Calls an action as an operator, in the process `at` when it is given.
   * @param options.key an Idempotency-Key, for one effect and one answer however often it is called
   */
  call<Name extends ActionName>(
    name: Name,
    params: ParamsOf<Name>,
    { at, key, within_ms = CALL_WITHIN_MS }: { at?: ClusterProcess; key?: string; within_ms?: number } = {},
  ) {
    const target = at === undefined ? {} : { nodeID: this.#nodeOf(at) };
    const request = createHash("sha256").update(JSON.stringify(params)).digest("hex");
    const idempotency = key === undefined ? {} : { idempotency: { key, request } };
    return this.#broker.call(name, params, {
      meta: { caller: OPERATOR, ...idempotency },
      timeout: within_ms,
      ...target,
    }) as Promise<ResultOf<Name>>;
  }

  /** The node of a process; its id holds the process id. */
  #nodeOf({ process: { pid } }: ClusterProcess): string {
    const nodes = this.#broker.registry.nodes.list({ onlyAvailable: true });
    return nodes.find(({ id }) => id.includes(`-${pid}-`))?.id ?? `no node of process ${pid}`;
  }

  /** Rings a service's doorbell, whether or not it has new events. */
  ringDoorbell(service: string): Promise<void> {
    return this.#bell.broadcast(`doorbell.${service}`);
  }

  /** Resolves when a process is killed, or NATS was stopped and is back: the answer to a call may be lost. */
  nextCut(): Promise<void> {
    return new Promise((resolve) => this.#onCut.push(resolve));
  }

  async stopNats(for_ms: number): Promise<void> {
    await this.nats.stop();
    await delay(for_ms);
    await this.nats.start();
    // What is sent to a process that is not connected again is lost.
    const isBack = async (each: ClusterProcess) =>
      (await this.#broker.ping(this.#nodeOf(each), PING_WITHIN_MS)) ?? undefined;
    await Promise.allSettled(this.running().map((each) => eventually(() => isBack(each))));
    this.#tellCut();
  }

  #tellCut(): void {
    for (const tell of this.#onCut.splice(0)) tell();
  }

  async kill(target: ClusterProcess): Promise<void> {
    target.state = "stopped";
    await target.process.kill();
    // A process that moves the clock reserves it for a minute: free it, so that another can go on at once.
    if (target.services.includes("cron"))
      await this.db.raw("UPDATE cron.clock SET mover = NULL, moving_until = NULL");
    this.#tellCut();
  }

  /** Starts a killed process again. */
  async restart(target: ClusterProcess): Promise<void> {
    target.process = await this.#startProcess(target.services);
    this.#watch(target);
    await target.process.ready(READY_WITHIN_MS);
    target.state = "running";
  }

  freeze(target: ClusterProcess): void {
    target.state = "frozen";
    target.process.signal("SIGSTOP");
  }

  resume(target: ClusterProcess): void {
    target.process.signal("SIGCONT");
    if (target.state === "frozen") target.state = "running";
  }

  /** The process whose connection to Postgres uses a local port; undefined where there is no /proc. */
  processWithConnection(port: number): ClusterProcess | undefined {
    const inode = socketInode(port);
    return inode === undefined
      ? undefined
      : this.running().find(({ process }) => holdsSocket(process.pid, inode));
  }

  async stop(): Promise<void> {
    for (const each of this.#processes) each.state = "stopped";
    await Promise.all(this.#processes.map(({ process }) => process.kill()));
    await Promise.all([this.#broker.stop(), this.#bell.stop()]);
    await this.sandbox.stop();
    await this.nats.stop();
    await this.db.destroy();
  }
}

/** A node without services. */
function joinBus(name: string, natsUrl: string): ServiceBroker {
  const options = brokerOptions({ logLevel: "fatal", natsUrl, natsCaFile: undefined });
  return new ServiceBroker({ ...options, nodeID: nodeIdOf(name) });
}

/** The socket of a local port, from Linux's list of TCP connections. */
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
