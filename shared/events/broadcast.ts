import type { ServiceBroker } from "moleculer";
import { contracts } from "../contracts";
import type { ServiceEnv } from "../broker/service-env";
import { moveCursor, readCursor, samePosition } from "./cursor";
import { readFeed } from "./feed";

const PAGE = 500;

/**
 * Emits a page of the service's own outbox as ordinary Moleculer events, one to each group of listeners, for whoever else may
 * want to react. The cursor (in the row of the service's own name) moves first: with several instances each event is emitted
 * once, and a crash may lose some here; those who must not miss one read the feed.
 * @returns how many outbox rows were passed
 */
export async function broadcastOwnEvents(env: ServiceEnv<never>): Promise<number> {
  const after = await readCursor(env.db, env.service);
  const wanted = Object.keys(contracts[env.service].events).filter((type) => isListenedTo(env.broker, type));
  // Types that nobody listens to are passed over in SQL; a name that matches no type passes over all.
  const page = await readFeed(env.db, after, wanted.length > 0 ? wanted : ["-"], PAGE);
  if (samePosition(after, page.next)) return 0;
  if (!(await moveCursor(env.db, env.service, after, page.next))) return 0;
  for (const event of page.events) {
    const { id, type, subject_id, occurred_at, payload } = event;
    await env.broker.emit(type, { id, type, subject_id, occurred_at, payload });
  }
  return Math.max(1, page.events.length);
}

function isListenedTo(broker: ServiceBroker, type: string): boolean {
  return broker.registry.events.getGroups(type).length > 0;
}
