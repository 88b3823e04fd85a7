import type { CallingOptions, ServiceBroker } from "moleculer";
import { OPERATOR } from "../service/caller";

/**
 * Wraps the broker for Moleculer's own commands: calls are made as the operator, unless their meta
 * names another `caller`, and `stop` ends the console. The broker itself is not changed.
 * @param leave ends the process
 */
export function operatorBroker(broker: ServiceBroker, leave: () => Promise<void>): ServiceBroker {
  const call = (name: string, params?: unknown, options: CallingOptions = {}) =>
    broker.call(name, params, { ...options, meta: { caller: OPERATOR, ...options.meta } });
  const overrides: Record<PropertyKey, unknown> = { call, stop: leave };
  return new Proxy(broker, {
    get(target, key) {
      if (Object.hasOwn(overrides, key)) return overrides[key];
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
}
