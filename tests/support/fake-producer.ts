import { randomUUID } from "node:crypto";
import type { ServiceBroker, ServiceSchema } from "moleculer";
import type { EventTypeOf, Producer } from "../../shared/contracts";
import type { EventEnvelope, Position } from "../../shared/contracts/contract";
import { Doorbell } from "../../shared/events/doorbell";

const EPOCH = randomUUID();

/** A producer that only has a feed, so that a consumer can be tested without the real service. */
export interface FakeProducer<Service extends Producer> {
  /** Appends an event to the feed and rings the doorbell. @returns the event's id */
  append: <Type extends EventTypeOf<Service>>(
    type: Type,
    payload: object,
    subject?: string,
  ) => Promise<string>;
  /** Appends an event of which no doorbell tells: consumers find it when they look. @returns its id */
  appendUnheard: (type: EventTypeOf<Service>, payload: object, subject?: string) => string;
  /** All events of the feed, in order. */
  events: EventEnvelope[];
}

/**
 * Registers a service with the producer's name and a feed.
 * @param actions more actions, when a test needs them
 */
export async function fakeProducer<Service extends Producer>(
  broker: ServiceBroker,
  name: Service,
  actions: NonNullable<ServiceSchema["actions"]> = {},
): Promise<FakeProducer<Service>> {
  const events: EventEnvelope[] = [];
  broker.createService({
    name,
    actions: {
      ...actions,
      feedHead: () => ({ head: { xid: "1", seq: events.at(-1)?.seq ?? 0 }, horizon: "2" }),
      events: (ctx: { params: { after: Position; types?: string[]; limit: number } }) => {
        const { after, types, limit } = ctx.params;
        const window = events.filter((event) => event.seq > after.seq).slice(0, limit);
        const last = window.at(-1);
        const newest = events.at(-1);
        return {
          events: window.filter((event) => types === undefined || types.includes(event.type)),
          next: last === undefined ? after : { epoch: EPOCH, xid: "1", seq: last.seq, id: last.id },
          at_head: window.length < limit,
          head: { xid: "1", seq: newest?.seq ?? 0 },
          horizon: "2",
        };
      },
    },
  });
  await broker.waitForServices(name);
  const appendUnheard = (type: EventTypeOf<Service>, payload: object, subject_id: string = randomUUID()) => {
    const id = randomUUID();
    const seq = events.length + 1;
    const occurred_at = new Date().toISOString();
    events.push({ xid: "1", seq, id, type, subject_id, payload, occurred_at });
    return id;
  };
  return {
    events,
    appendUnheard,
    append: async (type, payload, subject) => {
      const id = appendUnheard(type, payload, subject);
      await broker.broadcast(Doorbell.eventOf(name));
      return id;
    },
  };
}
