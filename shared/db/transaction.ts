import { setTimeout as delay } from "node:timers/promises";
import { isNativeError } from "node:util/types";
import type { Knex } from "./open-database";

/** Postgres's conditions under which the whole transaction may simply be tried again. */
const RETRYABLE = new Set(["40001", "40P01", "57P01", "57P03", "08006", "53300"]);

const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "57P01",
  "57P02",
  "57P03",
  "08000",
  "08001",
  "08003",
  "08006",
  "53300",
]);

const UNREACHABLE_MESSAGES =
  /Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Timeout acquiring a connection|Connection ended/i;

/** The SQLSTATE or errno of an error, if it has one. */
export function errorCode(error: unknown): string | undefined {
  const native = nativeError(error);
  return isNativeError(native) && "code" in native && typeof native.code === "string"
    ? native.code
    : undefined;
}

/** The name of the constraint that a statement violated, if that is what happened. */
export function violatedConstraint(error: unknown): string | undefined {
  const native = nativeError(error);
  return isNativeError(native) && "constraint" in native && typeof native.constraint === "string"
    ? native.constraint
    : undefined;
}

/** What an error says, without the statement that Knex puts before the words of Postgres. */
export function plainMessage(error: unknown): string {
  const message = isNativeError(error) ? error.message : String(error);
  return errorCode(error) === undefined ? message : (message.split(" - ").at(-1) ?? message);
}

/** Objection wraps what the driver threw, and the wrapper has no code. */
function nativeError(error: unknown): unknown {
  return isNativeError(error) && "nativeError" in error ? error.nativeError : error;
}

/** Whether the error means that Postgres is away or refuses connections, which passes by itself. */
export function isUnreachable(error: unknown): boolean {
  const code = errorCode(error);
  if (code !== undefined && UNREACHABLE.has(code)) return true;
  return isNativeError(error) && UNREACHABLE_MESSAGES.test(error.message);
}

/**
 * Whether trying again may help without anybody doing anything: Postgres or another service away, a deadlock,
 * a lock or statement that took too long.
 */
export function isTransient(error: unknown): boolean {
  const code = errorCode(error);
  return (
    isUnreachable(error) ||
    isServiceAway(error) ||
    (code !== undefined && (RETRYABLE.has(code) || code === "55P03" || code === "57014"))
  );
}

/** What Moleculer marks as worth another try (no such service now, no answer in time), and our own 503. */
function isServiceAway(error: unknown): boolean {
  if (!isNativeError(error)) return false;
  return ("retryable" in error && error.retryable === true) || ("code" in error && error.code === 503);
}

/**
 * Runs `work` in one transaction; the whole of it is run again, at most twice, where Postgres says that it
 * can be (serialization failure, deadlock, restart). `work` must touch nothing but the transaction it is
 * given.
 * @throws what `work` throws, after a rollback
 */
export async function inTransaction<T>(db: Knex, work: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction(work);
    } catch (error) {
      const code = errorCode(error);
      if (attempt === 3 || code === undefined || !RETRYABLE.has(code)) throw error;
      await delay(50 * attempt);
    }
  }
}
