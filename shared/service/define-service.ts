import type { Context, ServiceBroker, ServiceSchema } from "moleculer";
import { contracts, type Producer } from "../contracts";
import type { ActionContract } from "../contracts/contract";
import { Doorbell } from "../events/doorbell";
import { eventPathHandlers } from "./event-actions";
import { EventPath } from "./event-path";
import { unavailable } from "../errors";
import { runAction } from "./run-action";
import { runtimeOf } from "./runtime";
import type { ActionHandler } from "./service-env";
import type { ServiceDefinition } from "./service-definition";
import { startService, stopService, type Running } from "./start-service";

/**
 * Builds the Moleculer schema of a service: params checked against the contract, access checked against the
 * caller, the event path's actions and loops, the database connection, and an orderly end.
 */
export function defineService<Service extends Producer, Tools = unknown>(
  name: Service,
  definition: ServiceDefinition<Service, Tools>,
): ServiceSchema {
  const running = new WeakMap<ServiceBroker, Running>();
  const runningOn = (broker: ServiceBroker): Running => {
    const found = running.get(broker);
    if (found === undefined) throw unavailable(name);
    return found;
  };
  const handlers = {
    ...definition.actions,
    ...eventPathHandlers(runningOn, definition.audit ?? []),
  } as unknown as Record<string, ActionHandler<never>>;
  const producers = new Set((definition.consumers ?? []).map((consumer) => EventPath.producerOf(consumer)));

  const schema: ServiceSchema = {
    name,
    actions: Object.fromEntries(
      Object.entries<ActionContract>(contracts[name].actions).map(([action, contract]) => {
        const handler = handlers[action];
        if (handler === undefined) throw new Error(`${name}.${action} has no handler`);
        return [
          action,
          {
            handler: (ctx: Context) =>
              runAction(ctx, `${name}.${action}`, contract, handler, runningOn(ctx.broker).env),
            ...(contract.timeout_ms === undefined ? {} : { timeout: contract.timeout_ms }),
          },
        ];
      }),
    ),
    events: {
      "$services.changed": { handler: (ctx: Context) => running.get(ctx.broker)?.eventPath.wakeAll() },
      ...Object.fromEntries(
        [...producers].map((producer) => [
          Doorbell.eventOf(producer),
          { handler: (ctx: Context) => running.get(ctx.broker)?.eventPath.wake(producer) },
        ]),
      ),
    },
    async started() {
      running.set(
        this.broker,
        await startService(this.broker, name, definition as unknown as ServiceDefinition<Producer, never>),
      );
      const { env } = runningOn(this.broker);
      if (!runtimeOf(this.broker).observes) await definition.started?.(env);
    },
    async stopped() {
      const service = running.get(this.broker);
      running.delete(this.broker);
      if (service !== undefined) await stopService(service);
    },
  };
  return definition.mixin === undefined ? schema : { ...schema, mixins: [definition.mixin] };
}
