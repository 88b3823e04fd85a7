import type { ActionSchema, Context } from "moleculer";
import type { z } from "zod";
import { kitActions } from "../contracts/contract";
import { readChanges } from "../events/audit-log";
import { listDeadLetters } from "../events/dead-letters";
import { readFeed, type DerivedPayloads } from "../events/feed";
import { LostPlaceError } from "../events/feed-reader";
import { START } from "../events/positions";
import { actionSchema } from "./action-schema";
import { authorOf, callerOf, requestIdOf } from "./caller";
import { auditService } from "./audit/audit-service";
import type { AuditCheck } from "./audit/checks";
import type { BillingService, Feed } from "./billing-service";

/** A type that no event has. */
const NO_TYPES = ["-"];

type KitAction = keyof typeof kitActions;

/** One handler for each action that the contract gives to every service. */
type Handlers<Tools> = {
  [Action in KitAction]: (
    this: BillingService<Tools>,
    ctx: Context<z.output<(typeof kitActions)[Action]["params"]>>,
  ) => Promise<z.output<(typeof kitActions)[Action]["result"]>>;
};

/**
 * The actions that every service has, as Moleculer takes them.
 * @param checks the audit rules of the service's own schema
 * @param derived the payloads that its events are stored without
 */
export function kitActionSchemas<Tools>(
  checks: readonly AuditCheck[],
  derived: DerivedPayloads,
): Record<string, ActionSchema<BillingService<Tools>>> {
  const handlers: Handlers<Tools> = {
    events({ params: { after, types, limit } }) {
      return this.env.background.run(() => readFeed(this.env.db, after, types, limit, derived));
    },
    async feedHead() {
      const { head, horizon } = await readFeed(this.env.db, START, NO_TYPES, 1);
      return { head, horizon };
    },
    async catchUp({ params }) {
      const [feed] = feedsOf(this, [params.producer]);
      return { consumed: (await feed?.reader.catchUp()) ?? 0 };
    },
    async drain({ params }) {
      const readers = feedsOf(this, params.producers).map(({ reader }) => reader);
      const done = await Promise.all(readers.map((reader) => reader.catchUp()));
      for (const worker of this.workers) done.push(await worker.drain());
      return { done: done.reduce((sum, count) => sum + count, 0) };
    },
    feedStatus() {
      const readers = feedsOf(this).map(({ reader }) => reader);
      return Promise.all(readers.map(statusOf));
    },
    listDeadLetters() {
      return listDeadLetters(this.env.db);
    },
    async replayDeadLetter(ctx) {
      const author = authorOf(callerOf(ctx), requestIdOf(ctx));
      for (const { reader } of feedsOf(this))
        if (await reader.replay(ctx.params.id, author)) return { replayed: true };
      return { replayed: false };
    },
    async acceptLoss(ctx) {
      const author = authorOf(callerOf(ctx), requestIdOf(ctx));
      const [feed] = feedsOf(this, [ctx.params.producer]);
      const accepted = (await feed?.reader.acceptLoss(author)) ?? false;
      if (accepted) feed?.worker.wake();
      return { accepted };
    },
    auditLog({ params }) {
      return readChanges(this.env.db, this.env.service, params);
    },
    audit() {
      return auditService(this, checks);
    },
  };
  const names = Object.keys(kitActions) as KitAction[];
  return Object.fromEntries(names.map((name) => [name, actionSchema(kitActions[name], handlers[name])]));
}

/** The feeds of the given producers; all feeds, where none are given. */
function feedsOf<Tools>({ feeds }: BillingService<Tools>, producers?: readonly string[]): Feed<Tools>[] {
  return [...feeds.values()].filter(({ reader }) => producers?.includes(reader.producer) ?? true);
}

/** A reader that has lost its place has at least the unknown before it. */
async function statusOf<Tools>(reader: Feed<Tools>["reader"]) {
  const { producer } = reader;
  try {
    return { producer, behind: await reader.behind(), lost: false };
  } catch (error) {
    if (!(error instanceof LostPlaceError)) throw error;
    return { producer, behind: Math.max(1, error.waiting), lost: true };
  }
}
