import { setTimeout as delay } from "node:timers/promises";
import { isNativeError } from "node:util/types";
import type { Knex } from "./open-database";

/** SQLSTATEs after which the whole transaction may be retried. */
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

const UNREACHABLE_MESSAGES = new RegExp(
  [
    "Connection terminated",
    "Client has encountered a connection error",
    "timeout exceeded when trying to connect",
    "Timeout acquiring a connection",
    "Connection ended",
  ].join("|"),
  "i",
);

/** The SQLSTATE or errno of an error, if it has one. */
export function errorCode(error: unknown): string | undefined {
  const native = nativeError(error);
  return isNativeError(native) && "code" in native && typeof native.code === "string"
    ? native.code
    : undefined;
}

/** The name of the constraint that a statement violated, if it did. */
export function violatedConstraint(error: unknown): string | undefined {
  const native = nativeError(error);
  return isNativeError(native) && "constraint" in native && typeof native.constraint === "string"
    ? native.constraint
    : undefined;
}

/** The message of an error, without the statement that Knex puts before Postgres's message. */
export function plainMessage(error: unknown): string {
  const message = isNativeError(error) ? error.message : String(error);
  return errorCode(error) === undefined ? message : (message.split(" - ").at(-1) ?? message);
}

/** Objection wraps the errors of the driver, and the wrapper has no code. */
function nativeError(error: unknown): unknown {
  return isNativeError(error) && "nativeError" in error ? error.nativeError : error;
}

/** Whether the error means that Postgres cannot be reached or refuses connections. */
export function isUnreachable(error: unknown): boolean {
  const code = errorCode(error);
  if (code !== undefined && UNREACHABLE.has(code)) return true;
  return isNativeError(error) && UNREACHABLE_MESSAGES.test(error.message);
}

/**
 * Whether a retry may help: Postgres or another service is unreachable, or there was a deadlock or a timeout
 * of a lock or statement.
 */
export function isTransient(error: unknown): boolean {
  const code = errorCode(error);
  return (
    isUnreachable(error) ||
    isServiceAway(error) ||
    (code !== undefined && (RETRYABLE.has(code) || code === "55P03" || code === "57014"))
  );
}

/** Errors that Moleculer marks as retryable (service not found, request timeout), and our own 503. */
function isServiceAway(error: unknown): boolean {
  if (!isNativeError(error)) return false;
  return ("retryable" in error && error.retryable === true) || ("code" in error && error.code === 503);
}

/** Whether the whole transaction may be run again. */
export function isRetryable(error: unknown): boolean {
  const code = errorCode(error);
  return code !== undefined && RETRYABLE.has(code);
}

/**
 * Runs `work` in one transaction. After a serialization failure, a deadlock or a restart of Postgres all of
 * it runs again, at most twice. `work` must have no effect outside of the transaction.
 * @throws what `work` throws, after a rollback
 */
export async function inTransaction<T>(db: Knex, work: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction(work);
    } catch (error) {
      if (attempt === 3 || !isRetryable(error)) throw error;
      await delay(50 * attempt);
    }
  }
}

/**
 * Runs `work`, which only reads, in a transaction that sees one snapshot of the data.
 * @param limits Postgres settings for this transaction alone, like `{ statement_timeout: "60s" }`
 */
export function inSnapshot<T>(
  db: Knex,
  limits: { statement_timeout: string; work_mem?: string },
  work: (trx: Knex.Transaction) => Promise<T>,
): Promise<T> {
  const reading = async (trx: Knex.Transaction): Promise<T> => {
    for (const [name, value] of Object.entries(limits)) await trx.raw(`SET LOCAL ${name} = '${value}'`);
    return work(trx);
  };
  return db.transaction(reading, { isolationLevel: "repeatable read", readOnly: true });
}
