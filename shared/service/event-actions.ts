import type { ServiceBroker } from "moleculer";
import { auditService } from "./audit/audit-service";
import type { AuditCheck } from "./audit/checks";
import type { ActionHandler, ServiceEnv } from "./service-env";
import type { Worker } from "./worker";
import type { Producer } from "../contracts";
import type { EventPath } from "./event-path";

interface Running {
  env: ServiceEnv<never>;
  eventPath: EventPath<ServiceEnv<never>>;
  workers: Worker[];
}

/**
 * The actions that every service has for the event path's sake, see shared/contracts/contract.ts.
 * @param runningOn gives what of the service runs on a broker
 * @param checks what the service has audited of its own schema
 */
export function eventPathHandlers(
  runningOn: (broker: ServiceBroker) => Running,
  checks: readonly AuditCheck[],
) {
  const eventPath = (env: { broker: ServiceBroker }) => runningOn(env.broker).eventPath;
  const events: ActionHandler<"identity.events"> = (env) => eventPath(env).readOwnFeed(env.params);
  const catchUp: ActionHandler<"identity.catchUp"> = async (env) => ({
    consumed: await eventPath(env).catchUp(env.params.producer as Producer),
  });
  const drain: ActionHandler<"identity.drain"> = async (env) => {
    const { workers } = runningOn(env.broker);
    let done = await eventPath(env).catchUpAll(env.params.producers);
    for (const worker of workers) done += await worker.drain();
    return { done };
  };
  const feedStatus: ActionHandler<"identity.feedStatus"> = (env) => eventPath(env).feedStatus();
  const listDeadLetters: ActionHandler<"identity.listDeadLetters"> = (env) =>
    eventPath(env).listDeadLetters();
  const replayDeadLetter: ActionHandler<"identity.replayDeadLetter"> = async (env) => ({
    replayed: await eventPath(env).replayDeadLetter(env.params.id),
  });
  const audit: ActionHandler<"identity.audit"> = (env) => auditService(runningOn(env.broker), checks);
  return { events, catchUp, drain, feedStatus, listDeadLetters, replayDeadLetter, audit };
}
