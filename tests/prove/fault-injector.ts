import { setTimeout as delay } from "node:timers/promises";
import type { Day } from "./calendar";
import type { Cluster, ClusterProcess } from "./cluster";
import { describe, type Fault, type TrapEffect } from "./faults";
import { LockTrap, type BlockedConnection } from "./lock-trap";

type Of<Kind extends Fault["kind"]> = Extract<Fault, { kind: Kind }>;

const WEBHOOKS_DISTURBED_MS = 1_500;
/**
 * How many events of a feed are appended again. The catalog's are not: an old price that comes after a newer
 * one of the same minute would be a price change.
 */
const DUPLICATED_EVENTS = 20;
const DUPLICATED_FEEDS = ["cron", "subscriptions", "payments", "invoicing"];
const ALL_FEEDS = ["identity", "catalog", "subscriptions", "invoicing", "payments", "notifications", "cron"];

/** What is left of a fault once it is prepared. @returns what happened, for the log */
type Rest = () => Promise<string>;

/** Injects faults and logs what they did. Only one outage at a time, so that something is always running. */
export class FaultInjector {
  readonly #cluster: Cluster;
  readonly #log: (line: string) => void;
  readonly #customerOf: (subscription: number) => string;
  readonly #active = new Set<Promise<void>>();
  #hasOutage = false;

  /** @param customerOf gives the id of a subscription's customer */
  constructor(cluster: Cluster, customerOf: (subscription: number) => string, log: (line: string) => void) {
    this.#cluster = cluster;
    this.#customerOf = customerOf;
    this.#log = log;
  }

  /**
   * Starts faults. Each takes effect after its delay while the caller goes on. Resolves when the locks of the
   * `actions` phase are held.
   * @param asOf the latest day that billing runs may bill by now
   */
  async inject(faults: readonly Fault[], asOf: Day): Promise<void> {
    for (const fault of faults) {
      const log = (what: string) => this.#log(`${describe(fault)}${what === "" ? "" : `: ${what}`}`);
      try {
        const rest =
          fault.phase === "actions" ? await this.#prepare(fault, asOf) : () => this.#run(fault, asOf);
        const active: Promise<void> = rest()
          .then(log, (error: unknown) => log(`failed: ${String(error)}`))
          .finally(() => this.#active.delete(active));
        this.#active.add(active);
      } catch (error) {
        log(`could not be started: ${String(error)}`);
      }
    }
  }

  /** Resolves when all faults have ended and all that was killed, frozen or stopped is running again. */
  async finish(): Promise<void> {
    while (this.#active.size > 0) await Promise.all(this.#active);
    const { webhooks } = this.#cluster.sandbox;
    webhooks.reset();
    await webhooks.release("oldest_first");
  }

  /** Takes the locks of a fault, where it has any. */
  async #prepare(fault: Fault, asOf: Day): Promise<Rest> {
    if (fault.kind === "lock_trap") return this.#setLockTrap(fault);
    if (fault.kind === "competing_insert") return this.#insertCompeting(fault);
    return () => this.#run(fault, asOf);
  }

  async #run(fault: Fault, asOf: Day): Promise<string> {
    await delay(fault.after_ms);
    switch (fault.kind) {
      case "kill_process":
        return this.#asOutage(() => this.#killProcess(this.#pickProcess(fault.pick), fault.for_ms));
      case "freeze_process":
        return this.#asOutage(() => this.#freezeProcess(this.#pickProcess(fault.pick), fault.for_ms));
      case "stop_nats":
        return this.#asOutage(() => this.#stopNats(fault.for_ms));
      case "lock_trap":
      case "competing_insert":
        return (await this.#prepare(fault, asOf))();
      case "billing_runs":
        return this.#startRuns(fault, asOf);
      case "cron_ticks":
        return this.#tick();
      case "doorbells":
        return this.#ringAll();
      case "duplicate_events":
        return this.#duplicateEvents(fault.pick);
      case "webhooks":
        return this.#disturbWebhooks(fault);
      case "stripe":
        this.#cluster.sandbox.faults.next(fault.fault, { path: "/v1/payment_intents" });
        return "";
    }
  }

  async #asOutage(run: () => Promise<string>): Promise<string> {
    if (this.#hasOutage) return "left out: there is an outage already";
    this.#hasOutage = true;
    try {
      return await run();
    } finally {
      this.#hasOutage = false;
    }
  }

  #pickProcess(pick: number): ClusterProcess | undefined {
    const running = this.#cluster.running();
    return running[Math.floor(pick * running.length)];
  }

  async #killProcess(target: ClusterProcess | undefined, for_ms: number): Promise<string> {
    if (target === undefined) return "no process is running";
    await this.#cluster.kill(target);
    await delay(for_ms);
    await this.#cluster.restart(target);
    return target.name;
  }

  async #freezeProcess(target: ClusterProcess | undefined, for_ms: number): Promise<string> {
    if (target === undefined) return "no process is running";
    this.#cluster.freeze(target);
    try {
      await delay(for_ms);
    } finally {
      this.#cluster.resume(target);
    }
    return target.name;
  }

  async #stopNats(for_ms: number): Promise<string> {
    await this.#cluster.stopNats(for_ms);
    return "";
  }

  /**
   * Blocks the customer's own subscription while it has written rows, so that later transactions commit
   * first.
   */
  async #insertCompeting({ subscription, for_ms }: Of<"competing_insert">): Promise<Rest> {
    const trap = await LockTrap.onSubscribing(this.#cluster.db, this.#customerOf(subscription));
    return async () => {
      try {
        if ((await trap.waitForBlocked()) === undefined) return "caught nothing";
        await delay(for_ms);
        return "caught a transaction";
      } finally {
        await trap.release();
      }
    };
  }

  async #setLockTrap({ target, effect, for_ms }: Of<"lock_trap">): Promise<Rest> {
    const trap = await LockTrap.onTarget(this.#cluster.db, target);
    const catchOne = async () => {
      let recover: Rest | undefined;
      try {
        const blocked = await trap.waitForBlocked();
        if (blocked !== undefined) recover = await this.#harm(blocked, effect, for_ms);
      } finally {
        await trap.release();
      }
      return (await recover?.()) ?? "caught nothing";
    };
    if (effect !== "kill_process" && effect !== "freeze_process") return catchOne;
    return async () => {
      const what = await this.#asOutage(catchOne);
      await trap.release();
      return what;
    };
  }

  /** Harms what a trap has caught. @returns what undoes the harm after the trap was released */
  async #harm({ pid, port }: BlockedConnection, effect: TrapEffect, for_ms: number): Promise<Rest> {
    if (effect === "cut_connection") {
      await this.#cluster.db.raw("SELECT pg_terminate_backend(?)", [pid]);
      return async () => "caught a connection";
    }
    if (effect === "freeze_backend") {
      process.kill(pid, "SIGSTOP");
      return async () => {
        await delay(for_ms);
        process.kill(pid, "SIGCONT");
        return "caught a transaction";
      };
    }
    const target = this.#cluster.processWithConnection(port);
    if (target === undefined) return async () => "caught a connection whose process has ended; left it alone";
    if (effect === "freeze_process") this.#cluster.freeze(target);
    else await this.#cluster.kill(target);
    return async () => {
      await delay(for_ms);
      if (effect === "freeze_process") this.#cluster.resume(target);
      else await this.#cluster.restart(target);
      return `caught ${target.name}`;
    };
  }

  /**
   * Invoices are only billed up to `asOf`: the story decides the rest. Overdue invoices may be marked early.
   */
  async #startRuns({ runs }: Of<"billing_runs">, asOf: Day): Promise<string> {
    const params = runs.map((kind) => ({ kind, ...(kind === "generate_invoices" ? { as_of: asOf } : {}) }));
    const started = await Promise.allSettled(
      params.map((each) => this.#cluster.call("invoicing.startBillingRun", each)),
    );
    return `${started.filter(({ status }) => status === "fulfilled").length} started`;
  }

  async #tick(): Promise<string> {
    const crons = this.#cluster.running("cron");
    const ticks = [...crons, ...crons].map((at) =>
      this.#cluster.call("cron.tick", {}, { at, within_ms: 3_000 }),
    );
    const emitted = (await Promise.allSettled(ticks)).map((tick) =>
      tick.status === "fulfilled" ? tick.value.emitted : "no answer",
    );
    return `emitted ${emitted.join(", ")}`;
  }

  async #ringAll(): Promise<string> {
    for (const service of ALL_FEEDS) {
      await this.#cluster.ringDoorbell(service);
      await this.#cluster.ringDoorbell(service);
    }
    return "";
  }

  /** Appends some events with the same ids to the end of their feeds. */
  async #duplicateEvents(pick: number): Promise<string> {
    const counts: string[] = [];
    for (const producer of DUPLICATED_FEEDS) {
      const { rows } = await this.#cluster.db.raw<{ rows: unknown[] }>(
        `INSERT INTO ${producer}.outbox (id, type, subject_id, payload, occurred_at)
         SELECT id, type, subject_id, payload, occurred_at FROM ${producer}.outbox
         ORDER BY xid, seq
         OFFSET (SELECT floor((?)::float8 * count(*))::integer FROM ${producer}.outbox) LIMIT ?
         RETURNING 1`,
        [pick, DUPLICATED_EVENTS],
      );
      await this.#cluster.ringDoorbell(producer);
      counts.push(`${rows.length} of ${producer}`);
    }
    return counts.join(", ");
  }

  async #disturbWebhooks({ how }: Of<"webhooks">): Promise<string> {
    const { webhooks } = this.#cluster.sandbox;
    if (how === "duplicate") webhooks.duplicate(3);
    else if (how === "delay") webhooks.delay(500);
    else webhooks.hold();
    await delay(WEBHOOKS_DISTURBED_MS);
    if (how === "newest_first") await webhooks.release("newest_first");
    else webhooks.reset();
    return "";
  }
}
