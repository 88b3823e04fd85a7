import { setImmediate as immediate, setTimeout as delay } from "node:timers/promises";
import type { Logger } from "moleculer";
import { eventContract, type Call, type Producer } from "../contracts";
import type { EventEnvelope, Position } from "../contracts/contract";
import type { Knex } from "../db/open-database";
import { recordChanges, type Author } from "./audit-log";
import { inTransaction, isTransient } from "../db/transaction";
import type { Consumer, ReceivedEvent } from "./consumer";
import { moveCursor, readCursor } from "./cursor";
import { addDeadLetter, takeDeadLetter } from "./dead-letters";
import type { FeedPage } from "./feed";
import { samePosition } from "./positions";

/** What a feed reader needs of its service. */
export interface FeedReaderOptions<Env> {
  producer: Producer;
  consumers: Consumer<Env>[];
  /** handed to the consumers */
  env: Env;
  db: Knex;
  log: Logger;
  /** calls the producer */
  call: Call;
  /** limits how many transactions run at once; without it, they start at once */
  limit?: <T>(work: () => Promise<T>) => Promise<T>;
  /** told after each page how many of its events took effect, if any did */
  onConsumed?: (count: number) => void;
  /** told after each page how many events the reader is behind the feed's head, approximately */
  onLag?: (behind: number) => void;
  onDeadLetter?: (event: EventEnvelope) => void;
  /** how often a failing event is tried before it becomes a dead letter */
  maxAttempts?: number;
  /** the pause after the first failure; it doubles with each one */
  retryPause_ms?: number;
}

/**
 * The producer was restored to an older day and does not know the last event that took effect here. Nothing
 * is consumed until an operator accepts the loss.
 */
export class LostPlaceError extends Error {
  /** @param waiting how many events the producer has had since */
  constructor(
    producer: Producer,
    readonly waiting: number,
  ) {
    super(
      `${producer} was restored to an older day, and does not have the last event that was consumed here`,
    );
  }
}

/** About as many invoices as a page has room for; the rest would be read for nothing. */
const PAGE = 600;
/** Payloads are checked in batches, so that requests to the same process are answered in between. */
const BATCH = 100;
const HELD_BACK_PAUSE_MS = 5;

/** How many events of a page took effect here; `lost` when another instance moved the cursor first. */
interface Consumed {
  count: number;
  lost: boolean;
}

/**
 * Reads one producer's feed: it fetches a page without a lock, then moves the cursor and handles the whole
 * page in one transaction. Of two instances that fetched the same page, the first to move the cursor handles
 * it.
 */
export class FeedReader<Env> {
  readonly #options: FeedReaderOptions<Env>;
  readonly #consumers: Map<string, Consumer<Env>>;
  #failed: { id: string; attempts: number } = { id: "", attempts: 0 };
  #isLost = false;

  constructor(options: FeedReaderOptions<Env>) {
    this.#options = options;
    this.#consumers = new Map(options.consumers.map((consumer) => [consumer.event, consumer]));
  }

  get producer(): Producer {
    return this.#options.producer;
  }

  /** How many events, approximately, lie between the cursor and the feed's head; consumes nothing. */
  async behind(): Promise<number> {
    const after = await this.#position();
    const { head, next, at_head } = await this.#fetch(after, 1);
    return at_head && next.id === after.id ? 0 : Math.max(1, head.seq - after.seq);
  }

  /** The first event that waits to be consumed here, undefined when none does; consumes nothing. */
  async firstUnread(): Promise<EventEnvelope | undefined> {
    let after = await this.#position();
    for (;;) {
      const page = await this.#fetch(after, PAGE);
      if (page.events.length > 0 || page.at_head) return page.events[0];
      after = page.next;
    }
  }

  /**
   * Consumes the feed up to its head.
   * @param stopping whether to stop before
   * @returns how many events took effect or became dead letters
   */
  async readToHead(stopping = () => false): Promise<number> {
    let consumed = 0;
    for (;;) {
      const { at_head, count, lost } = await this.#readPage();
      consumed += count;
      if ((at_head && !lost) || stopping()) return consumed;
    }
  }

  /**
   * Consumes all that was committed when this was called. It waits for transactions that the feed still holds
   * back.
   * @param within_ms how long it may take
   * @returns how many events took effect or became dead letters
   * @throws Error when the feed is held back for longer
   */
  async catchUp(within_ms = Infinity): Promise<number> {
    const deadline_ms = performance.now() + within_ms;
    let consumed = 0;
    let barrier: bigint | undefined;
    for (;;) {
      const { at_head, head, horizon, count, lost } = await this.#readPage();
      consumed += count;
      barrier ??= BigInt(head.xid);
      // Another instance that moved the cursor may have fetched an earlier, shorter page.
      if (lost) continue;
      if (at_head && BigInt(horizon) > barrier) return consumed;
      if (performance.now() > deadline_ms) {
        throw new Error(`${this.producer}'s feed could not be read to its end in ${within_ms} ms`);
      }
      if (at_head) await delay(HELD_BACK_PAUSE_MS);
    }
  }

  /**
   * Handles a dead letter once more and removes it.
   * @param author who stands in the audit log for it
   * @returns false when this producer has no such dead letter
   * @throws what the handler throws; the letter then stays
   */
  replay(letterId: string, author?: Author): Promise<boolean> {
    return inTransaction(this.#options.db, async (trx) => {
      const events = await takeDeadLetter(trx, this.producer, letterId);
      await this.#handle(trx, events);
      if (events.length > 0)
        await recordChanges(trx, [{ action: "dead_letter.replayed", object: letterId }], author);
      return events.length > 0;
    });
  }

  #position(): Promise<Position> {
    return readCursor(this.#options.db, this.producer);
  }

  /**
   * Goes on where the producer's restored events end, if it does not know the last event consumed here.
   * @param author who stands in the audit log for it
   * @returns whether that was so
   */
  async acceptLoss(author?: Author): Promise<boolean> {
    const after = await this.#position();
    const { lost } = await this.#ask(after, 1);
    if (lost === undefined) return false;
    const details = { from: after, to: lost.restored_to };
    const entry = { action: "loss.accepted", object: this.producer, details };
    const moved = await this.#move(after, lost.restored_to, (trx) => recordChanges(trx, [entry], author));
    if (!moved) return false;
    this.#options.log.warn({ from: after, to: lost.restored_to }, `the loss of ${this.producer} is accepted`);
    return true;
  }

  #ask(after: Position, limit: number): Promise<FeedPage> {
    const types = [...this.#consumers.keys()];
    return this.#options.call(`${this.producer}.events`, { after, types, limit });
  }

  /** @throws LostPlaceError, which it logs once; Error for a page that would be read again and again */
  async #fetch(after: Position, limit: number): Promise<FeedPage> {
    const page = await this.#ask(after, limit);
    if (page.lost === undefined) {
      if (!page.at_head && samePosition(after, page.next))
        throw new Error(`${this.producer}'s feed has more events, but does not give them`);
      this.#isLost = false;
      return page;
    }
    const error = new LostPlaceError(this.producer, page.lost.waiting);
    this.#options.onLag?.(Math.max(1, error.waiting));
    if (!this.#isLost) this.#options.log.error({ event_id: after.id }, `${error.message}: see accept-loss`);
    this.#isLost = true;
    throw error;
  }

  /** Its result leaves out the events, so that memory does not keep them while others wait for it. */
  async #readPage(): Promise<Omit<FeedPage, "events" | "next" | "lost"> & Consumed> {
    const after = await this.#position();
    const page = await this.#fetch(after, PAGE);
    const nothingNew = samePosition(after, page.next);
    const consumed = nothingNew ? { count: 0, lost: false } : await this.#consume(after, page);
    if (consumed.count > 0) this.#options.onConsumed?.(consumed.count);
    this.#options.onLag?.(page.at_head ? 0 : Math.max(0, page.head.seq - page.next.seq));
    const { at_head, head, horizon } = page;
    return { at_head, head, horizon, ...consumed };
  }

  async #consume(after: Position, page: FeedPage): Promise<Consumed> {
    try {
      const won = await this.#move(after, page.next, (trx) => this.#handle(trx, page.events));
      return won ? { count: page.events.length, lost: false } : { count: 0, lost: true };
    } catch (error) {
      if (isTransient(error)) throw error;
      return this.#consumeOneByOne(after, page);
    }
  }

  /** For a page in which some event fails: only that one is retried, and becomes a dead letter. */
  async #consumeOneByOne(start: Position, page: FeedPage): Promise<Consumed> {
    let after = start;
    let count = 0;
    for (const event of page.events) {
      const at = { epoch: page.next.epoch, xid: event.xid, seq: event.seq, id: event.id };
      if (!(await this.#consumeAlone(after, at, event))) return { count, lost: true };
      after = at;
      count += 1;
    }
    const won = samePosition(after, page.next) || (await this.#move(after, page.next, async () => {}));
    return { count, lost: !won };
  }

  async #consumeAlone(after: Position, at: Position, event: EventEnvelope): Promise<boolean> {
    const { log, maxAttempts = 5, retryPause_ms = 100 } = this.#options;
    for (;;) {
      try {
        return await this.#move(after, at, (trx) => this.#handle(trx, [event]));
      } catch (error) {
        if (isTransient(error)) throw error;
        const attempts = this.#failed.id === event.id ? this.#failed.attempts + 1 : 1;
        this.#failed = { id: event.id, attempts };
        const line = { err: error, event_id: event.id, event_type: event.type, attempts };
        log.error(line, `cannot consume ${this.producer}'s event`);
        if (attempts >= maxAttempts) return this.#deadLetter(after, at, event, error);
        await delay(retryPause_ms * 2 ** (attempts - 1));
      }
    }
  }

  async #deadLetter(after: Position, at: Position, event: EventEnvelope, error: unknown): Promise<boolean> {
    const won = await this.#move(after, at, (trx) =>
      addDeadLetter(trx, this.producer, event, error, this.#failed.attempts),
    );
    if (won) this.#options.onDeadLetter?.(event);
    return won;
  }

  /**
   * Moves the cursor and does `work` in one transaction; false, and nothing done, when another instance moved
   * it.
   */
  #move(from: Position, to: Position, work: (trx: Knex.Transaction) => Promise<void>): Promise<boolean> {
    const { limit = (unlimited) => unlimited(), db } = this.#options;
    return limit(() =>
      inTransaction(db, async (trx) => {
        if (!(await moveCursor(trx, this.producer, from, to))) return false;
        await work(trx);
        return true;
      }),
    );
  }

  async #handle(trx: Knex.Transaction, events: EventEnvelope[]): Promise<void> {
    for (const group of consecutiveByType(events)) {
      const consumer = group[0] && this.#consumers.get(group[0].type);
      if (consumer === undefined) continue;
      await consumer.handle(trx, await receive(group), this.#options.env);
    }
  }
}

function consecutiveByType(events: EventEnvelope[]): EventEnvelope[][] {
  const groups: EventEnvelope[][] = [];
  for (const event of events) {
    const group = groups.at(-1);
    if (group?.[0]?.type === event.type) group.push(event);
    else groups.push([event]);
  }
  return groups;
}

async function receive(events: EventEnvelope[]): Promise<ReceivedEvent<never>[]> {
  const received: ReceivedEvent<never>[] = [];
  for (const { id, type, subject_id, occurred_at, payload } of events) {
    const checked = eventContract(type).schema.parse(payload);
    received.push({ id, type, subject_id, occurred_at, payload: checked } as ReceivedEvent<never>);
    if (received.length % BATCH === 0) await immediate();
  }
  return received;
}
