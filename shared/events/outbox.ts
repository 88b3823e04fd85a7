import type { EventType, EventTypeOf, PayloadOf, Producer } from "../contracts";
import type { Knex } from "../db/open-database";
import { recordChanges } from "./audit-log";

/** A new event; `subject_id` is the id of the object that it is about. */
export interface NewEvent<Type extends EventType> {
  type: Type;
  subject_id: string;
  payload: PayloadOf<Type>;
}

/** Any event of one producer, its payload tied to its type. */
export type NewEventOf<Service extends Producer> = {
  [Type in EventTypeOf<Service> & EventType]: NewEvent<Type>;
}[EventTypeOf<Service> & EventType];

/**
 * Writes events into the outbox of the service whose transaction this is: they exist if, and only if, it
 * commits. On behalf of a person, an API key or an operator they are in the audit log too.
 * `env.transaction` rings the doorbell after the commit.
 */
export async function appendEvents<Service extends Producer>(
  trx: Knex.Transaction,
  events: readonly NewEventOf<Service>[],
): Promise<void> {
  if (events.length === 0) return;
  await trx.raw(
    `INSERT INTO outbox (type, subject_id, payload)
     SELECT type, subject_id, payload
     FROM jsonb_to_recordset(?::jsonb) AS event(type text, subject_id text, payload jsonb)`,
    [JSON.stringify(events)],
  );
  await recordChanges(
    trx,
    events.map(({ type, subject_id }) => ({ action: type, object: subject_id })),
  );
}
