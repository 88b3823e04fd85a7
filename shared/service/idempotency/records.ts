import type { Knex } from "../../db/open-database";
import { BillingError, conflict } from "../../errors";
import type { Attempt } from "./attempt";

/** What is known of a request. */
interface IdempotencyRecord {
  request_sha256: Buffer;
  answer: unknown;
  /** whether no answer is kept */
  unanswered: boolean;
  /** whether it has ended with success */
  done: boolean;
}

const TABLE = "idempotency_records";
const KEPT = "24 hours";
const PAGE = 5_000;

const rowsOf = (db: Knex, { scope, action, key }: Attempt) =>
  db<IdempotencyRecord & Attempt>(TABLE).where({ scope, action, key });

/**
 * The record of a request, if it has one that is committed.
 * @throws BillingError 422 when the key came with another request before
 */
export async function findRecord(db: Knex, attempt: Attempt): Promise<IdempotencyRecord | undefined> {
  const record = await rowsOf(db, attempt).first<IdempotencyRecord | undefined>(
    "request_sha256",
    "answer",
    "done",
    db.raw("answer IS NULL AS unanswered"),
  );
  if (record !== undefined && !record.request_sha256.equals(attempt.request_sha256)) throw otherRequest();
  return record;
}

/**
 * Writes that a request has begun, or is `done`; waits while another transaction has written the same.
 * @returns false when the request has a record already
 */
export async function insertRecord(db: Knex, record: Attempt & { done?: boolean }): Promise<boolean> {
  const written = await db(TABLE)
    .insert({ ...record })
    .onConflict(["scope", "action", "key"])
    .ignore()
    .returning("key");
  return written.length === 1;
}

/** Writes that a request is done, and its answer, which must be what JSON can hold. */
export async function finishRecord(db: Knex, attempt: Attempt, answer: unknown): Promise<void> {
  await rowsOf(db, attempt).update({ done: true, answer: JSON.stringify(answer) });
}

/** The answer of a request that is done. @throws BillingError 409 when it was erased with a customer */
export function keptAnswer({ answer, unanswered }: IdempotencyRecord): unknown {
  if (unanswered) throw conflict("idempotency.erased", "This request was done; its answer was erased.");
  return answer;
}

/** Forgets a request that has failed: the next try begins anew. */
export async function deleteRecord(db: Knex, attempt: Attempt): Promise<void> {
  await rowsOf(db, attempt).delete();
}

/** Removes one page of records that are older than 24 hours (wall clock). @returns how many */
export async function dropOldRecords(db: Knex): Promise<number> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `DELETE FROM ${TABLE} WHERE (scope, action, key) IN (
       SELECT scope, action, key FROM ${TABLE} WHERE created_at < now() - ?::interval
       ORDER BY created_at LIMIT ?
     )`,
    [KEPT, PAGE],
  );
  return rowCount;
}

/** 409: the first try is still under way. */
export function inProgress(): BillingError {
  return conflict(
    "idempotency.in_progress",
    "The first request with this Idempotency-Key has not ended, or was interrupted. " +
      "Look at what it was to change, then try again.",
  );
}

function otherRequest(): BillingError {
  return new BillingError(
    422,
    "idempotency.other_request",
    "Idempotency-Key: was used for a request that said something else",
    [{ field: "Idempotency-Key", message: "was used for a request that said something else" }],
  );
}
