import type { Producer } from "../../shared/contracts";
import { START } from "../../shared/events/positions";
import { eventually, type System } from "./system";

/** The payloads of all events of one type that a service has committed, as readers of its feed get them. */
export async function payloadsOf(
  system: System,
  producer: Producer,
  type: string,
): Promise<Record<string, unknown>[]> {
  const committed = await system.db(producer)("outbox").where({ type });
  // The feed holds back what is younger than the oldest transaction of the server.
  return eventually(async () => {
    const found: Record<string, unknown>[] = [];
    for (let after = START; ;) {
      const page = await system.call(`${producer}.events`, { after, types: [type], limit: 500 });
      found.push(...page.events.map(({ payload }) => payload as Record<string, unknown>));
      after = page.next;
      if (page.at_head) break;
    }
    return found.length >= committed.length ? found : undefined;
  });
}
