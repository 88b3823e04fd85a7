import { setTimeout as delay } from "node:timers/promises";
import type { Idempotency } from "../../contracts/contract";
import type { Knex } from "../../db/open-database";
import { errorCode, isRetryable } from "../../db/transaction";
import { unknownCase } from "../../states";
import type { Attempt } from "./attempt";
import { deleteRecord, findRecord, finishRecord, inProgress, insertRecord, keptAnswer } from "./records";

type Transaction = <T>(work: (trx: Knex.Transaction) => Promise<T>) => Promise<T>;

/** An action that is run once for each request. */
export interface OnceOptions {
  kind: Idempotency;
  attempt: Attempt;
  db: Knex;
  /** the service's own way of running a transaction */
  transaction: Transaction;
  /** called when a transaction was committed that `transaction` has not run */
  committed: () => void;
  /** the action itself, with the way of running a transaction that it must use */
  run: (transaction: Transaction) => Promise<unknown>;
}

/** An answer, and whether it is that of an earlier try. */
export interface Outcome {
  answer: unknown;
  replayed: boolean;
}

/** How long a try waits for the one before it: less than its caller waits for an answer, which is 10 s. */
const WAIT_MS = 8_000;
/** A waiting try gives its connection back after so long, and asks again. */
const LOCK_TIMEOUT_MS = 200;
const POLL_MS = 100;
const TRIES = 3;

/**
 * Runs an action so that all tries of one request have one effect and one answer, in all processes together
 * and also when one of them dies. A request that fails leaves no record: its next try begins anew.
 * @throws BillingError 409 when the first try is under way for more than 8 s; 422 when the key was used for
 *   another request; what the action throws
 */
export function runOnce(options: OnceOptions): Promise<Outcome> {
  switch (options.kind) {
    case "transaction":
      return inOneTransaction(options);
    case "repeatable":
      return repeatably(options);
    case "steps":
      return inSteps(options);
    default:
      return unknownCase(options.kind);
  }
}

/** The record, the effect and the answer commit together. */
async function inOneTransaction({ attempt, db, committed, run }: OnceOptions): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    const before = await findRecord(db, attempt);
    if (before !== undefined) return { answer: keptAnswer(before), replayed: true };
    const claim = new Claim(db, attempt);
    try {
      const answer = await run((work) => claim.work(work));
      await claim.commit(answer);
      committed();
      return { answer, replayed: false };
    } catch (error) {
      await claim.rollback();
      // What this try met may be the effect of an earlier one, which has the answer.
      const done = await findRecord(db, attempt);
      if (done !== undefined) return { answer: keptAnswer(done), replayed: true };
      if (tries === TRIES || !isRetryable(error)) throw error;
      await delay(50 * tries);
    }
  }
}

/** The record says that the key is in use, and has no answer: that of a new try is the same, or newer. */
async function repeatably({ attempt, db, transaction, run }: OnceOptions): Promise<Outcome> {
  const before = await findRecord(db, attempt);
  const answer = await run(transaction);
  if (before === undefined) await insertRecord(db, { ...attempt, done: true });
  return { answer, replayed: before !== undefined };
}

/** The record is written first. A try that is cut off leaves it, and people have to look. */
async function inSteps({ attempt, db, transaction, run }: OnceOptions): Promise<Outcome> {
  const deadline = Date.now() + WAIT_MS;
  while (!(await insertRecord(db, attempt))) {
    const before = await findRecord(db, attempt);
    if (before?.done === true) return { answer: keptAnswer(before), replayed: true };
    if (Date.now() > deadline) throw inProgress();
    await delay(POLL_MS);
  }
  try {
    const answer = await run(transaction);
    await finishRecord(db, attempt, answer);
    return { answer, replayed: false };
  } catch (error) {
    await deleteRecord(db, attempt);
    throw error;
  }
}

/** An earlier try has committed. */
class AlreadyDone extends Error {}

/** One transaction that begins with the record of a request, and ends with its answer. */
class Claim {
  readonly #db: Knex;
  readonly #attempt: Attempt;
  #trx: Knex.Transaction | undefined;

  constructor(db: Knex, attempt: Attempt) {
    this.#db = db;
    this.#attempt = attempt;
  }

  /** Runs `work` in the transaction, which stays open. @throws what `work` throws, after a rollback */
  async work<T>(work: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
    this.#trx ??= await this.#begin();
    try {
      return await work(this.#trx);
    } catch (error) {
      await this.rollback();
      throw error;
    }
  }

  /** @throws Error when Postgres does not commit */
  async commit(answer: unknown): Promise<void> {
    const trx = (this.#trx ??= await this.#begin());
    await finishRecord(trx, this.#attempt, answer);
    this.#trx = undefined;
    await trx.commit();
    await trx.executionPromise;
  }

  async rollback(): Promise<void> {
    const trx = this.#trx;
    this.#trx = undefined;
    if (trx !== undefined && !trx.isCompleted()) await trx.rollback();
  }

  async #begin(): Promise<Knex.Transaction> {
    const deadline = Date.now() + WAIT_MS;
    for (;;) {
      const trx = await this.#db.transaction();
      try {
        await trx.raw(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
        if (!(await insertRecord(trx, this.#attempt))) throw new AlreadyDone("an earlier try has committed");
        await trx.raw("SET LOCAL lock_timeout TO DEFAULT");
        return trx;
      } catch (error) {
        await trx.rollback();
        if (errorCode(error) !== "55P03") throw error;
        if (Date.now() > deadline) throw inProgress();
        await delay(POLL_MS);
      }
    }
  }
}
