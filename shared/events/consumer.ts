import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import type { Logger } from "moleculer";
import { eventContract, type EventType, type PayloadOf, type Producer } from "../contracts";
import type { EventEnvelope, Position } from "../contracts/contract";
import type { Knex } from "../db/open-database";
import { inTransaction, isTransient } from "../db/transaction";
import { moveCursor, readCursor, samePosition } from "./cursor";
import type { FeedPage } from "./feed";

/** An event as its consumer gets it, the payload checked against the producer's contract. */
export interface ReceivedEvent<Type extends EventType> {
  id: string;
  type: Type;
  subject_id: string;
  occurred_at: string;
  payload: PayloadOf<Type>;
}

/**
 * What a service does about one type of event, with the type forgotten, as lists hold it; made by `consume`.
 */
export interface Consumer<Env> {
  event: EventType;
  handle: (trx: Knex.Transaction, events: ReceivedEvent<never>[], env: Env) => Promise<void>;
}

/**
 * Declares what a service does about one type of event.
 * @param handle gets neighbouring events of that type at once, in order, and may touch nothing but the
 *   transaction: no network, no clock. What must leave becomes a row that a worker sends afterwards.
 */
export function consume<Type extends EventType, Env = unknown>(
  event: Type,
  handle: (trx: Knex.Transaction, events: ReceivedEvent<Type>[], env: Env) => Promise<void>,
): Consumer<Env> {
  return { event, handle: handle as Consumer<Env>["handle"] };
}

/** What a feed reader needs of its service. */
export interface FeedReaderOptions<Env> {
  producer: Producer;
  consumers: Consumer<Env>[];
  env: Env;
  db: Knex;
  log: Logger;
  fetchPage: (after: Position, types: string[], limit: number) => Promise<FeedPage>;
  /** does a transaction when its turn has come; without it, at once */
  inTurn?: <T>(work: () => Promise<T>) => Promise<T>;
  /** told after each page how many events of it took effect here, if any did */
  onConsumed?: (count: number) => void;
  /** told after each page how many events the reader is behind the feed's head, approximately */
  onLag?: (behind: number) => void;
  onDeadLetter?: (event: EventEnvelope) => void;
  /**
   * how often a failing event is tried before it is laid aside, and the first pause in between, which doubles
   */
  maxAttempts?: number;
  retryPause_ms?: number;
}

/** About as many invoices as a page of a feed has room for; more would be read in vain. */
const PAGE = 600;
const HELPING = 100;

/** How many events of a page took effect here; `lost` when another instance moved the cursor first. */
interface Consumed {
  count: number;
  lost: boolean;
}

/**
 * Reads one producer's feed: a page is fetched without a lock, then the cursor moves and the whole page takes
 * effect in one transaction. Of two instances that fetched the same page, the one that moves the cursor first
 * has it.
 */
export class FeedReader<Env> {
  readonly #options: FeedReaderOptions<Env>;
  readonly #handlers: Map<string, Consumer<Env>>;
  #attempts: { id: string; count: number } = { id: "", count: 0 };

  constructor(options: FeedReaderOptions<Env>) {
    this.#options = options;
    this.#handlers = new Map(options.consumers.map((consumer) => [consumer.event, consumer]));
  }

  get producer(): Producer {
    return this.#options.producer;
  }

  /** How many events, about, lie between the cursor and the feed's head; consumes nothing. */
  async behind(): Promise<number> {
    const after = await readCursor(this.#options.db, this.#options.producer);
    const { head, next, at_head } = await this.#options.fetchPage(after, [...this.#handlers.keys()], 1);
    return at_head && samePosition(after, next) ? 0 : Math.max(1, head.seq - after.seq);
  }

  /** The first event that waits to be consumed here, undefined when none does; consumes nothing. */
  async firstUnread(): Promise<EventEnvelope | undefined> {
    let after = await readCursor(this.#options.db, this.#options.producer);
    for (;;) {
      const page = await this.#options.fetchPage(after, [...this.#handlers.keys()], PAGE);
      if (page.events.length > 0 || page.at_head) return page.events[0];
      after = page.next;
    }
  }

  /**
   * Consumes the feed up to its head.
   * @returns how many events took effect or were laid aside
   */
  async readToHead(): Promise<number> {
    let consumed = 0;
    for (;;) {
      const { at_head, count, lost } = await this.#readPage();
      consumed += count;
      if (at_head && !lost) return consumed;
    }
  }

  /**
   * Consumes all that was committed when this was called, waiting for transactions that the feed still holds
   * back.
   * @param within_ms how long it may take
   * @returns how many events took effect or were laid aside
   * @throws Error when the feed is held back for longer
   */
  async catchUp(within_ms = Infinity): Promise<number> {
    const deadline = performance.now() + within_ms;
    let consumed = 0;
    let barrier: bigint | undefined;
    for (;;) {
      const { at_head, head, horizon, count, lost } = await this.#readPage();
      consumed += count;
      barrier ??= BigInt(head.xid);
      // Whoever moved the cursor in the meantime may have fetched an earlier, shorter page.
      if (lost) continue;
      if (at_head && BigInt(horizon) > barrier) return consumed;
      if (performance.now() > deadline)
        throw new Error(`${this.producer}'s feed could not be read to its end in ${within_ms} ms`);
      if (at_head) await delay(5);
    }
  }

  /** Its answer leaves out the events, so that nobody who waits holds on to them. */
  async #readPage(): Promise<Omit<FeedPage, "events" | "next"> & Consumed> {
    const after = await readCursor(this.#options.db, this.#options.producer);
    const page = await this.#options.fetchPage(after, [...this.#handlers.keys()], PAGE);
    const consumed = samePosition(after, page.next)
      ? { count: 0, lost: false }
      : await this.#consume(after, page);
    if (consumed.count > 0) this.#options.onConsumed?.(consumed.count);
    this.#options.onLag?.(page.at_head ? 0 : Math.max(0, page.head.seq - page.next.seq));
    const { at_head, head, horizon } = page;
    return { at_head, head, horizon, ...consumed };
  }

  async #consume(after: Position, page: FeedPage): Promise<Consumed> {
    try {
      const won = await this.#inOneTransaction(after, page.next, (trx) => this.#handle(trx, page.events));
      return won ? { count: page.events.length, lost: false } : { count: 0, lost: true };
    } catch (error) {
      if (isTransient(error)) throw error;
      return this.#consumeOneByOne(after, page);
    }
  }

  /**
   * The way past a page in which some event fails: each by itself, so that only the failing one is held up
   * and laid aside.
   */
  async #consumeOneByOne(start: Position, page: FeedPage): Promise<Consumed> {
    let after = start;
    let count = 0;
    for (const event of page.events) {
      const at = { xid: event.xid, seq: event.seq };
      if (!(await this.#consumeAlone(after, at, event))) return { count, lost: true };
      after = at;
      count += 1;
    }
    const won =
      samePosition(after, page.next) || (await this.#inOneTransaction(after, page.next, async () => {}));
    return { count, lost: !won };
  }

  async #consumeAlone(after: Position, at: Position, event: EventEnvelope): Promise<boolean> {
    const { log, maxAttempts = 5, retryPause_ms = 100, producer } = this.#options;
    for (;;) {
      try {
        return await this.#inOneTransaction(after, at, (trx) => this.#handle(trx, [event]));
      } catch (error) {
        if (isTransient(error)) throw error;
        const attempts = this.#attempts.id === event.id ? this.#attempts.count + 1 : 1;
        this.#attempts = { id: event.id, count: attempts };
        log.error(
          { err: error, event_id: event.id, event_type: event.type, attempts },
          `cannot consume ${producer}'s event`,
        );
        if (attempts >= maxAttempts) return this.#layAside(after, at, event, error, attempts);
        await delay(retryPause_ms * 2 ** (attempts - 1));
      }
    }
  }

  async #layAside(
    after: Position,
    at: Position,
    event: EventEnvelope,
    error: unknown,
    attempts: number,
  ): Promise<boolean> {
    const won = await this.#inOneTransaction(after, at, async (trx) => {
      await trx.raw(
        `INSERT INTO dead_letters (id, producer, type, subject_id, payload, occurred_at, error, attempts)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
        [
          event.id,
          this.#options.producer,
          event.type,
          event.subject_id,
          JSON.stringify(event.payload),
          event.occurred_at,
          error instanceof Error ? error.message : String(error),
          attempts,
        ],
      );
    });
    if (won) this.#options.onDeadLetter?.(event);
    return won;
  }

  /**
   * Moves the cursor and does `work` together; false, and nothing done, when another instance has moved it
   * already.
   */
  #inOneTransaction(
    from: Position,
    to: Position,
    work: (trx: Knex.Transaction) => Promise<void>,
  ): Promise<boolean> {
    const { inTurn = (now) => now(), db, producer } = this.#options;
    const takeEffect = async (trx: Knex.Transaction) => {
      if (!(await moveCursor(trx, producer, from, to))) return false;
      await work(trx);
      return true;
    };
    return inTurn(() => inTransaction(db, takeEffect));
  }

  async #handle(trx: Knex.Transaction, events: EventEnvelope[]): Promise<void> {
    for (const run of runsOfOneType(events)) {
      const [first] = run;
      const consumer = first && this.#handlers.get(first.type);
      if (consumer === undefined) continue;
      await consumer.handle(trx, await receive(run), this.#options.env);
    }
  }

  /**
   * Handles a dead letter once more and removes it.
   * @returns false when there is no such dead letter
   * @throws what the handler throws; the letter then stays
   */
  replay(letterId: string): Promise<boolean> {
    return inTransaction(this.#options.db, async (trx) => {
      const { rows } = await trx.raw<{ rows: EventEnvelope[] }>(
        `DELETE FROM dead_letters WHERE id = ? AND producer = ?
         RETURNING '0' AS xid, 0 AS seq, id, type, subject_id, payload, occurred_at`,
        [letterId, this.#options.producer],
      );
      await this.#handle(trx, rows);
      return rows.length > 0;
    });
  }
}

function runsOfOneType(events: EventEnvelope[]): EventEnvelope[][] {
  const runs: EventEnvelope[][] = [];
  for (const event of events) {
    const run = runs.at(-1);
    if (run?.[0]?.type === event.type) run.push(event);
    else runs.push([event]);
  }
  return runs;
}

/**
 * Checks events in helpings: a process that also answers requests must not keep them waiting for a whole
 * page.
 */
async function receive(events: EventEnvelope[]): Promise<ReceivedEvent<never>[]> {
  const checked: ReceivedEvent<never>[] = [];
  for (const event of events) {
    checked.push(received(event));
    if (checked.length % HELPING === 0) await nextTurn();
  }
  return checked;
}

function received({ id, type, subject_id, occurred_at, payload }: EventEnvelope): ReceivedEvent<never> {
  const { schema } = eventContract(type);
  return { id, type: type as never, subject_id, occurred_at, payload: schema.parse(payload) as never };
}
