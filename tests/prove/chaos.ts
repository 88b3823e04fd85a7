import { setTimeout as delay } from "node:timers/promises";
import type { Knex } from "../../shared/db/open-database";
import type { Day } from "./calendar";
import type { Actor, Cluster } from "./cluster";
import { PERIOD_DUE_NEXT, type Fire } from "./fires";

type Of<Kind extends Fire["kind"]> = Extract<Fire, { kind: Kind }>;

/** How long a snare waits for somebody to be caught. */
const SNARED_WITHIN_MS = 1_500;
const LOOK_MS = 5;
const DISTURBED_MS = 1_500;
/**
 * How many events of each feed come twice at a time. A price that came again after a later one of its minute
 * would be a new price.
 */
const ECHOED = 20;
const ECHOING = ["cron", "subscriptions", "payments", "invoicing"];

/** Burns, and tells what it did. */
type Burn = () => Promise<string>;

interface Caught {
  pid: number;
  port: number;
  xid: string | null;
}

/**
 * Carries out faults, and tells what it did. One heavy fault at a time, so that there is always something
 * left to hurt.
 */
export class Chaos {
  readonly #cluster: Cluster;
  readonly #tell: (line: string) => void;
  readonly #userOf: (life: number) => string;
  readonly #burning = new Set<Promise<void>>();
  #heavy = false;

  /** @param userOf gives the id of a life's customer */
  constructor(cluster: Cluster, userOf: (life: number) => string, tell: (line: string) => void) {
    this.#cluster = cluster;
    this.#userOf = userOf;
    this.#tell = tell;
  }

  /**
   * Lights fires; each strikes after its delay, while the caller goes on. Resolves when the snares and rivals
   * for deeds are set.
   * @param asOf the latest day that runs may bill by now
   */
  async light(fires: readonly Fire[], asOf: Day): Promise<void> {
    for (const fire of fires) {
      const tell = (what: string) => this.#tell(`${describe(fire)}${what === "" ? "" : `: ${what}`}`);
      try {
        const burn = fire.phase === "deeds" ? await this.#set(fire, asOf) : () => this.#strike(fire, asOf);
        const burning: Promise<void> = burn()
          .then(tell, (error: unknown) => tell(`did not burn: ${String(error)}`))
          .finally(() => this.#burning.delete(burning));
        this.#burning.add(burning);
      } catch (error) {
        tell(`could not be lit: ${String(error)}`);
      }
    }
  }

  /** Resolves when all has burnt out, and everything that was killed, frozen or away is back. */
  async over(): Promise<void> {
    while (this.#burning.size > 0) await Promise.all(this.#burning);
    const { webhooks } = this.#cluster.sandbox;
    webhooks.reset();
    await webhooks.release("oldest_first");
  }

  /** Does what must be done before the caller goes on. @returns the rest */
  async #set(fire: Fire, asOf: Day): Promise<Burn> {
    if (fire.kind === "snare") return this.#setSnare(fire);
    if (fire.kind === "rival") return this.#setRival(fire);
    return () => this.#strike(fire, asOf);
  }

  async #strike(fire: Fire, asOf: Day): Promise<string> {
    await delay(fire.after_ms);
    switch (fire.kind) {
      case "kill":
        return this.#alone(() => this.#kill(this.#anybody(fire.pick), fire.for_ms));
      case "freeze":
        return this.#alone(() => this.#freeze(this.#anybody(fire.pick), fire.for_ms));
      case "nats":
        return this.#alone(() => this.#takeNatsAway(fire.for_ms));
      case "snare":
      case "rival":
        return (await this.#set(fire, asOf))();
      case "runs":
        return this.#startRuns(fire, asOf);
      case "ticks":
        return this.#tick();
      case "doorbells":
        return this.#ringAll();
      case "echo":
        return this.#echo(fire.pick);
      case "webhooks":
        return this.#disturbWebhooks(fire);
      case "stripe":
        this.#cluster.sandbox.faults.next(fire.fault, { path: "/v1/payment_intents" });
        return "";
    }
  }

  async #alone(burn: Burn): Promise<string> {
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
   * Is about to subscribe a customer who is about to subscribe. What is left is to wait until that one is
   * held up, in a transaction that has begun to write, to let others overtake it, and to give up.
   */
  async #setRival({ life, for_ms }: Of<"rival">): Promise<Burn> {
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

  /**
   * Locks a table or rows, or is about to issue an invoice. What is left is to wait until somebody waits for
   * that, a transaction of the product, caught half-way. Its connection is then cut, its process killed or
   * frozen, or its server side held up while later transactions overtake it.
   */
  async #setSnare({ table, fate, for_ms }: Of<"snare">): Promise<Burn> {
    const lock = await this.#cluster.db.transaction();
    const pid = await hold(lock, table).catch(async (error: unknown) => {
      await lock.rollback();
      throw error;
    });
    const catchOne = async () => {
      let caught: Caught | undefined;
      let afterwards: (() => Promise<string>) | undefined;
      try {
        caught = await this.#waitForCaught(pid);
        if (caught !== undefined) afterwards = await this.#meetFate(caught, fate, for_ms);
      } finally {
        await lock.rollback();
      }
      return (await afterwards?.()) ?? "nobody came";
    };
    if (fate !== "kill" && fate !== "freeze") return catchOne;
    return async () => {
      const told = await this.#alone(catchOne);
      if (!lock.isCompleted()) await lock.rollback();
      return told;
    };
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

  /**
   * Who of the product waits for what a transaction of ours holds, the oldest transaction first; we are
   * "public".
   */
  async #caughtBy(locker: number): Promise<Caught[]> {
    const { rows } = await this.#cluster.db.raw<{ rows: Caught[] }>(
      `SELECT pid, client_port AS port, backend_xid::text AS xid FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'billing:%' AND application_name <> 'billing:public'
         AND ? = ANY(pg_blocking_pids(pid))
       ORDER BY backend_xid::text::bigint NULLS LAST`,
      [locker],
    );
    return rows;
  }

  /** Does at once what the snare is for. @returns what is left to do when the snare has been opened */
  async #meetFate({ pid, port }: Caught, fate: Of<"snare">["fate"], for_ms: number): Promise<Burn> {
    if (fate === "cut") {
      await this.#cluster.db.raw("SELECT pg_terminate_backend(?)", [pid]);
      return async () => "a connection";
    }
    if (fate === "stall") {
      process.kill(pid, "SIGSTOP");
      return async () => {
        await delay(for_ms);
        process.kill(pid, "SIGCONT");
        return "a transaction";
      };
    }
    const actor = this.#cluster.ownerOf(port);
    if (actor === undefined) return async () => "somebody unknown, let go";
    if (fate === "freeze") this.#cluster.freeze(actor);
    else await this.#cluster.kill(actor);
    return async () => {
      await delay(for_ms);
      if (fate === "freeze") this.#cluster.thaw(actor);
      else await this.#cluster.restart(actor);
      return actor.name;
    };
  }

  /** Of what is billed today the story decides; nothing is lost by marking today's overdue invoices early. */
  async #startRuns({ runs }: Of<"runs">, asOf: Day): Promise<string> {
    const params = runs.map((kind) => ({ kind, ...(kind === "generate_invoices" ? { as_of: asOf } : {}) }));
    const started = await Promise.allSettled(
      params.map((each) => this.#cluster.call("invoicing.startBillingRun", each)),
    );
    return `${started.filter(({ status }) => status === "fulfilled").length} started`;
  }

  async #tick(): Promise<string> {
    const crons = this.#cluster.up("cron");
    const ticks = [...crons, ...crons].map((at) =>
      this.#cluster.call("cron.tick", {}, { at, within_ms: 3_000 }),
    );
    const emitted = (await Promise.allSettled(ticks)).map((tick) =>
      tick.status === "fulfilled" ? tick.value.emitted : "none",
    );
    return `emitted ${emitted.join(", ")}`;
  }

  async #ringAll(): Promise<string> {
    for (const service of [
      "identity",
      "catalog",
      "subscriptions",
      "invoicing",
      "payments",
      "notifications",
      "cron",
    ]) {
      await this.#cluster.ring(service);
      await this.#cluster.ring(service);
    }
    return "";
  }

  /** Some events, their ids included, come once more at the end of their feeds. */
  async #echo(pick: number): Promise<string> {
    const told: string[] = [];
    for (const producer of ECHOING) {
      const { rows } = await this.#cluster.db.raw<{ rows: unknown[] }>(
        `INSERT INTO ${producer}.outbox (id, type, subject_id, payload, occurred_at)
         SELECT id, type, subject_id, payload, occurred_at FROM ${producer}.outbox
         ORDER BY xid, seq OFFSET (SELECT floor((?)::float8 * count(*))::integer FROM ${producer}.outbox) LIMIT ?
         RETURNING 1`,
        [pick, ECHOED],
      );
      await this.#cluster.ring(producer);
      told.push(`${rows.length} of ${producer}`);
    }
    return told.join(", ");
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

/**
 * Whoever bills that period must wait for whoever was first. Of those that begin on that day it is the last
 * that a page comes to.
 */
const BILL_PERIOD_DUE_NEXT = `
  INSERT INTO invoicing.invoices (sequence, subscription_id, user_id, plan_id, period_index, period_start, period_end, amount_minor,
                                  currency, price_effective_from, issue_date, due_date, status)
  SELECT 1000000000 + floor(random() * 1000000000)::bigint, subscription_id, user_id, plan_id, next_index, next_start, next_start + 1, 0,
         'usd', next_start, next_start, next_start, 'pending'
  FROM invoicing.billables WHERE next_start IS NOT NULL ORDER BY next_start, subscription_id DESC LIMIT 1
  ON CONFLICT DO NOTHING`;

/** @returns the backend's process id */
async function hold(lock: Knex.Transaction, table: string): Promise<number> {
  if (table === PERIOD_DUE_NEXT) await untilSome(lock, BILL_PERIOD_DUE_NEXT);
  else if (table.includes(" WHERE ")) await untilSome(lock, `SELECT FROM ${table} FOR UPDATE SKIP LOCKED`);
  else await lock.raw(`LOCK TABLE ${table} IN SHARE MODE`);
  const { rows } = await lock.raw<{ rows: { pid: number }[] }>("SELECT pg_backend_pid() AS pid");
  return rows[0]?.pid ?? 0;
}

/** Repeats a statement until it has found rows. */
async function untilSome(trx: Knex.Transaction, statement: string): Promise<void> {
  const deadline = Date.now() + SNARED_WITHIN_MS;
  while (Date.now() < deadline) {
    const { rowCount } = await trx.raw<{ rowCount: number }>(statement);
    if (rowCount > 0) return;
    await delay(LOOK_MS);
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
    case "webhooks":
      return `webhooks ${fire.how}`;
    case "stripe":
      return `stripe ${fire.fault}`;
    case "ticks":
    case "doorbells":
    case "echo":
      return fire.kind;
  }
}
