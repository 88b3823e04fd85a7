import { eventContract, type EventType, type PayloadOf, type Producer } from "../contracts";
import type { Knex } from "../db/open-database";

/** An event as its consumer gets it, the payload checked against the producer's contract. */
export interface ReceivedEvent<Type extends EventType> {
  id: string;
  type: Type;
  subject_id: string;
  occurred_at: string;
  payload: PayloadOf<Type>;
}

/** What a service does about one type of event; made by `consume`. In lists the type is no longer known. */
export interface Consumer<Env> {
  event: EventType;
  handle: (trx: Knex.Transaction, events: ReceivedEvent<never>[], env: Env) => Promise<void>;
}

/**
 * Declares what a service does about one type of event.
 * @param handle gets consecutive events of that type at once, in order. It touches nothing but the
 *   transaction: no network, no clock. What must leave becomes a row that a worker sends afterwards.
 */
export function consume<Type extends EventType, Env = unknown>(
  event: Type,
  handle: (trx: Knex.Transaction, events: ReceivedEvent<Type>[], env: Env) => Promise<void>,
): Consumer<Env> {
  return { event, handle: handle as Consumer<Env>["handle"] };
}

/** The service that produces the events which a consumer wants. */
export function producerOf({ event }: { event: EventType }): Producer {
  return eventContract(event).producer;
}
