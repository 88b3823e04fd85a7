import { messageOf } from "../errors";
import type { EventEnvelope } from "../contracts/contract";
import type { Knex } from "../db/open-database";

/** An event that could not be consumed; it waits for an operator. */
export interface DeadLetter {
  id: string;
  producer: string;
  type: string;
  subject_id: string;
  payload: unknown;
  error: string;
  attempts: number;
  failed_at: string;
}

const LISTED = 200;

/** Keeps an event that failed, with its last error. @param attempts how often it was tried */
export async function addDeadLetter(
  trx: Knex.Transaction,
  producer: string,
  { id, type, subject_id, payload, occurred_at }: EventEnvelope,
  error: unknown,
  attempts: number,
): Promise<void> {
  const reason = messageOf(error);
  await trx.raw(
    `INSERT INTO dead_letters (id, producer, type, subject_id, payload, occurred_at, error, attempts)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    [id, producer, type, subject_id, JSON.stringify(payload), occurred_at, reason, attempts],
  );
}

/** Removes a dead letter of a producer and gives it back as the event it was; none where there is none. */
export async function takeDeadLetter(
  trx: Knex.Transaction,
  producer: string,
  id: string,
): Promise<EventEnvelope[]> {
  const { rows } = await trx.raw<{ rows: EventEnvelope[] }>(
    `DELETE FROM dead_letters WHERE id = ? AND producer = ?
     RETURNING '0' AS xid, 0 AS seq, id, type, subject_id, payload, occurred_at`,
    [id, producer],
  );
  return rows;
}

/** The oldest dead letters, at most 200. */
export async function listDeadLetters(db: Knex): Promise<DeadLetter[]> {
  const { rows } = await db.raw<{ rows: DeadLetter[] }>(
    `SELECT id, producer, type, subject_id, payload, error, attempts, failed_at
     FROM dead_letters ORDER BY failed_at LIMIT ?`,
    [LISTED],
  );
  return rows;
}
