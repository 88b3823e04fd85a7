import { availableParallelism } from "node:os";
import { Semaphore } from "../../shared/service/semaphore";

/** Node hashes in four threads; more hashes than processors would only make each one slower. */
const HASHES_AT_ONCE = Math.min(4, availableParallelism());
/** They take about two seconds on two processors. */
const MAX_WAITING = 64;

/** So that sign-ups leave processors to logins. */
const SIGN_UPS_AT_ONCE = Math.max(1, Math.floor(HASHES_AT_ONCE / 2));
const MAX_SIGN_UPS_WAITING = 32;

/**
 * The queue of all work with passwords: one hash costs 65 ms of a processor. Addresses, devices and users
 * take turns, and only a part of the hashes that run are sign-ups. So neither many sign-ups nor many logins
 * from one place make the logins of others slow.
 */
export class HashingQueue {
  readonly #hashing = new Semaphore(() => HASHES_AT_ONCE, MAX_WAITING);
  readonly #signUps = new Semaphore(() => SIGN_UPS_AT_ONCE, MAX_SIGN_UPS_WAITING);

  /**
   * Runs a login, or other work with the password of an account that exists.
   * @param origin who takes turns with others, like `address 192.0.2.1`
   * @throws what the work throws; BillingError 503 with `retry_after_s` when the queue is full
   */
  run<T>(origin: string, work: () => Promise<T>): Promise<T> {
    return this.#hashing.run(work, origin);
  }

  /**
   * Runs a sign-up.
   * @throws as `run`
   */
  runSignUp<T>(origin: string, work: () => Promise<T>): Promise<T> {
    return this.#signUps.run(() => this.#hashing.run(work, "sign-ups"), origin);
  }
}
