import type { ServiceBroker } from "moleculer";
import { contracts, type Producer } from "../contracts";
import type { Knex } from "../db/open-database";
import { moveCursor, readCursor } from "./cursor";
import { readFeed, type DerivedPayloads } from "./feed";
import { samePosition } from "./positions";

const PAGE = 500;

/** What is broadcast, by whom, and from where. */
interface Source {
  broker: ServiceBroker;
  service: Producer;
  db: Knex;
}

/**
 * Emits a page of the service's own outbox as ordinary Moleculer events, one to each group of listeners. They
 * are for a team's own services. The cursor (in the row of the service's own name) moves first, so that
 * several instances emit each event once; a crash can lose some. A service that must not miss any reads the
 * feed.
 * @param derived the payloads that the service's events are stored without
 * @returns how many outbox rows were passed
 */
export async function broadcastOwnEvents(env: Source, derived: DerivedPayloads): Promise<number> {
  const types = Object.keys(contracts[env.service].events).filter((type) => isListenedTo(env.broker, type));
  if (types.length === 0) return skipToHead(env);
  const after = await readCursor(env.db, env.service);
  const page = await readFeed(env.db, after, types, PAGE, derived);
  const next = page.lost?.restored_to ?? page.next;
  if (samePosition(after, next)) return 0;
  if (!(await moveCursor(env.db, env.service, after, next))) return 0;
  for (const event of page.events) {
    const { id, type, subject_id, occurred_at, payload } = event;
    await env.broker.emit(type, { id, type, subject_id, occurred_at, payload });
  }
  return Math.max(1, page.events.length);
}

/** While nobody listens, events are skipped: a later listener would take old events for new ones. */
async function skipToHead({ db, service }: Source): Promise<0> {
  await db.raw(
    `INSERT INTO cursors (producer, epoch, xid, seq, event_id)
     SELECT ?, epoch.id, head.xid, head.seq, head.id
     FROM epoch CROSS JOIN (
       SELECT xid, seq, id FROM outbox WHERE xid < pg_snapshot_xmin(pg_current_snapshot())
       ORDER BY xid DESC, seq DESC LIMIT 1
     ) AS head
     ON CONFLICT (producer) DO UPDATE
     SET epoch = excluded.epoch, xid = excluded.xid, seq = excluded.seq, event_id = excluded.event_id,
         moved_at = now()
     WHERE cursors.epoch IS DISTINCT FROM excluded.epoch
        OR (cursors.xid, cursors.seq) < (excluded.xid, excluded.seq)`,
    [service],
  );
  return 0;
}

/** Whether anybody listens to the service's events. */
export function hasListeners({ broker, service }: Source): boolean {
  return Object.keys(contracts[service].events).some((type) => isListenedTo(broker, type));
}

function isListenedTo(broker: ServiceBroker, type: string): boolean {
  return broker.registry.events.getGroups(type).length > 0;
}
