import { setTimeout as delay } from "node:timers/promises";
import type { Day } from "./calendar";
import type { Actor, Cluster } from "./cluster";
import type { Fire } from "./fires";

type Of<Kind extends Fire["kind"]> = Extract<Fire, { kind: Kind }>;

/** How long a snare waits for somebody to be caught. */
const SNARED_WITHIN_MS = 1_500;
const LOOK_MS = 10;
const DISTURBED_MS = 1_500;
/** How many events come twice at a time. */
const ECHOED = 20;

interface Caught {
  pid: number;
  port: number;
  xid: string | null;
}

/** Carries out faults, and tells what it did. One heavy fault at a time, so that there is always something left to hurt. */
export class Chaos {
  readonly #cluster: Cluster;
  readonly #tell: (line: string) => void;
  readonly #userOf: (life: number) => string;
  readonly #burning = new Set<Promise<void>>();
  #heavy = false;
  #snares: Promise<unknown> = Promise.resolve();

  /** @param userOf gives the id of a life's customer */
  constructor(cluster: Cluster, userOf: (life: number) => string, tell: (line: string) => void) {
    this.#cluster = cluster;
    this.#userOf = userOf;
    this.#tell = tell;
  }

  /**
   * Lights fires; each strikes after its delay, while the caller goes on. Resolves when all rivals are there.
   * @param asOf the latest day that runs may bill by now
   */
  async light(fires: readonly Fire[], asOf: Day): Promise<void> {
    for (const fire of fires) {
      const struck = fire.kind === "rival" ? await this.#rival(fire) : this.#strike(fire, asOf);
      const burning = (typeof struck === "function" ? struck() : struck)
        .then((what) => this.#tell(`${describe(fire)}${what === "" ? "" : `: ${what}`}`))
        .catch((error: unknown) => this.#tell(`${describe(fire)}: did not burn: ${String(error)}`))
        .finally(() => this.#burning.delete(burning));
      this.#burning.add(burning);
    }
  }

  /** Resolves when all has burnt out, and everything that was killed, frozen or away is back. */
  async over(): Promise<void> {
    while (this.#burning.size > 0) await Promise.all(this.#burning);
    const { webhooks } = this.#cluster.sandbox;
    webhooks.reset();
    await webhooks.release("oldest_first");
  }

  async #strike(fire: Exclude<Fire, { kind: "rival" }>, asOf: Day): Promise<string> {
    await delay(fire.after_ms);
    switch (fire.kind) {
      case "kill":
        return this.#alone(() => this.#kill(this.#anybody(fire.pick), fire.for_ms));
      case "freeze":
        return this.#alone(() => this.#freeze(this.#anybody(fire.pick), fire.for_ms));
      case "nats":
        return this.#alone(() => this.#takeNatsAway(fire.for_ms));
      case "snare":
        return fire.fate === "kill" || fire.fate === "freeze" ? this.#alone(() => this.#snareInTurn(fire)) : this.#snareInTurn(fire);
      case "runs":
        return this.#startRuns(fire, asOf);
      case "ticks":
        return this.#tick();
      case "doorbells":
        return this.#ringAll();
      case "echo":
        return this.#echo(fire);
      case "webhooks":
        return this.#disturbWebhooks(fire);
      case "stripe":
        this.#cluster.sandbox.faults.next(fire.fault, { path: "/v1/payment_intents" });
        return "";
    }
  }

  async #alone(burn: () => Promise<string>): Promise<string> {
    if (this.#heavy) return "left out: another one burns";
    this.#heavy = true;
    try {
      return await burn();
    } finally {
      this.#heavy = false;
    }
  }

  #anybody(pick: number): Actor | undefined {
    const up = this.#cluster.up();
    return up[Math.floor(pick * up.length)];
  }

  async #kill(actor: Actor | undefined, for_ms: number): Promise<string> {
    if (actor === undefined) return "nobody to kill";
    await this.#cluster.kill(actor);
    await delay(for_ms);
    await this.#cluster.restart(actor);
    return actor.name;
  }

  async #freeze(actor: Actor | undefined, for_ms: number): Promise<string> {
    if (actor === undefined) return "nobody to freeze";
    this.#cluster.freeze(actor);
    try {
      await delay(for_ms);
    } finally {
      this.#cluster.thaw(actor);
    }
    return actor.name;
  }

  async #takeNatsAway(for_ms: number): Promise<string> {
    await this.#cluster.nats.stop();
    await delay(for_ms);
    await this.#cluster.nats.start();
    return "";
  }

  /**
   * Is about to subscribe a customer who is about to subscribe. @returns what is left: to wait until that one is held up, in a
   * transaction that has begun to write, to let others overtake it, and to give up
   */
  async #rival({ life, for_ms }: Of<"rival">): Promise<() => Promise<string>> {
    const rival = await this.#cluster.db.transaction();
    const { rows } = await rival.raw<{ rows: { pid: number }[] }>(
      `INSERT INTO subscriptions.subscriptions (user_id, plan_id, start_date, currency, interval, interval_count, trial_days, created_on,
                                                created_at)
       SELECT ?, gen_random_uuid(), day, 'usd', 'month', 1, 0, day, day FROM (VALUES (DATE '2000-01-01')) AS anytime(day)
       RETURNING pg_backend_pid() AS pid`,
      [this.#userOf(life)],
    );
    return async () => {
      const caught = await this.#waitForCaught(rows[0]?.pid ?? 0);
      if (caught !== undefined) await delay(for_ms);
      await rival.rollback();
      return caught === undefined ? "nobody came" : "a transaction";
    };
  }

  #snareInTurn(fire: Of<"snare">): Promise<string> {
    const turn = this.#snares.then(() => this.#snare(fire));
    this.#snares = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Locks a table for writing until somebody waits for it: a transaction of the product, caught half-way. Its connection is then
   * cut, its process killed or frozen, or its server side held up while later transactions overtake it.
   */
  async #snare({ table, fate, for_ms }: Of<"snare">): Promise<string> {
    const lock = await this.#cluster.db.transaction();
    let afterwards: (() => Promise<unknown>) | undefined;
    let told = "";
    try {
      const { rows } = await lock.raw<{ rows: { pid: number }[] }>("SELECT pg_backend_pid() AS pid");
      await lock.raw(`LOCK TABLE ${table} IN SHARE MODE`);
      const caught = await this.#waitForCaught(rows[0]?.pid ?? 0);
      if (caught === undefined) return "nobody came";
      ({ told, afterwards } = await this.#meetFate(caught, fate, for_ms));
    } finally {
      await lock.commit();
    }
    await afterwards?.();
    return told;
  }

  async #waitForCaught(locker: number): Promise<Caught | undefined> {
    const deadline = Date.now() + SNARED_WITHIN_MS;
    while (Date.now() < deadline) {
      const [first] = await this.#caughtBy(locker);
      if (first !== undefined) return first;
      await delay(LOOK_MS);
    }
    return undefined;
  }

  /** Who waits for what a transaction of ours holds, the oldest transaction first. */
  async #caughtBy(locker: number): Promise<Caught[]> {
    const { rows } = await this.#cluster.db.raw<{ rows: Caught[] }>(
      `SELECT pid, client_port AS port, backend_xid::text AS xid FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'billing:%' AND ? = ANY(pg_blocking_pids(pid))
       ORDER BY backend_xid::text::bigint NULLS LAST`,
      [locker],
    );
    return rows;
  }

  /** @returns what was done, and what is left to do when the snare has been opened */
  async #meetFate({ pid, port }: Caught, fate: Of<"snare">["fate"], for_ms: number) {
    if (fate === "cut") {
      await this.#cluster.db.raw("SELECT pg_terminate_backend(?)", [pid]);
      return { told: "a connection", afterwards: undefined };
    }
    if (fate === "stall") {
      process.kill(pid, "SIGSTOP");
      return { told: "a transaction", afterwards: () => delay(for_ms).finally(() => process.kill(pid, "SIGCONT")) };
    }
    const actor = this.#cluster.ownerOf(port);
    if (actor === undefined) return { told: "somebody unknown, let go", afterwards: undefined };
    if (fate === "freeze") {
      this.#cluster.freeze(actor);
      return { told: actor.name, afterwards: () => delay(for_ms).finally(() => this.#cluster.thaw(actor)) };
    }
    await this.#cluster.kill(actor);
    return { told: actor.name, afterwards: () => delay(for_ms).then(() => this.#cluster.restart(actor)) };
  }

  async #startRuns({ runs }: Of<"runs">, as_of: Day): Promise<string> {
    const started = await Promise.allSettled(runs.map((kind) => this.#cluster.call("invoicing.startBillingRun", { kind, as_of })));
    return `${started.filter(({ status }) => status === "fulfilled").length} as of ${as_of}`;
  }

  async #tick(): Promise<string> {
    const crons = this.#cluster.up("cron");
    const ticks = [...crons, ...crons].map((at) => this.#cluster.call("cron.tick", {}, { at, within_ms: 3_000 }));
    const emitted = (await Promise.allSettled(ticks)).map((tick) => (tick.status === "fulfilled" ? tick.value.emitted : "none"));
    return `emitted ${emitted.join(", ")}`;
  }

  async #ringAll(): Promise<string> {
    for (const service of ["identity", "catalog", "subscriptions", "invoicing", "payments", "notifications", "cron"]) {
      await this.#cluster.ring(service);
      await this.#cluster.ring(service);
    }
    return "";
  }

  /** Some events, their ids included, come once more at the end of their feed. */
  async #echo({ producer, pick }: Of<"echo">): Promise<string> {
    const { rows } = await this.#cluster.db.raw<{ rows: { type: string }[] }>(
      `INSERT INTO ${producer}.outbox (id, type, subject_id, payload, occurred_at)
       SELECT id, type, subject_id, payload, occurred_at FROM ${producer}.outbox
       ORDER BY xid, seq OFFSET (SELECT floor((?)::float8 * count(*))::integer FROM ${producer}.outbox) LIMIT ?
       RETURNING type`,
      [pick, ECHOED],
    );
    await this.#cluster.ring(producer);
    return [...new Set(rows.map(({ type }) => type))].map((type) => `${rows.filter((row) => row.type === type).length} ${type}`).join(", ");
  }

  async #disturbWebhooks({ how }: Of<"webhooks">): Promise<string> {
    const { webhooks } = this.#cluster.sandbox;
    if (how === "duplicate") webhooks.duplicate(3);
    else if (how === "delay") webhooks.delay(500);
    else webhooks.hold();
    await delay(DISTURBED_MS);
    if (how === "newest_first") await webhooks.release("newest_first");
    else webhooks.reset();
    return "";
  }
}

/** A fault in a line, as it was planned. */
export function describe(fire: Fire): string {
  switch (fire.kind) {
    case "kill":
    case "freeze":
    case "nats":
      return `${fire.kind} for ${fire.for_ms} ms`;
    case "rival":
      return `rival of ${fire.life} for ${fire.for_ms} ms`;
    case "snare":
      return `snare in ${fire.table}, ${fire.fate} for ${fire.for_ms} ms`;
    case "runs":
      return `runs ${fire.runs.join(", ")}`;
    case "echo":
      return `echo of ${fire.producer}`;
    case "webhooks":
      return `webhooks ${fire.how}`;
    case "stripe":
      return `stripe ${fire.fault}`;
    case "ticks":
    case "doorbells":
      return fire.kind;
  }
}
