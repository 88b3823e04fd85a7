import type { CallingOptions, ServiceBroker } from "moleculer";
import { SYSTEM } from "../service/caller";

/**
 * The broker as an operator's commands see it: what they call, they call as the system, unless their meta
 * names another `caller`; and to stop it is to leave the console. The broker itself stays as it is.
 * @param leave ends the process
 */
export function asOperator(broker: ServiceBroker, leave: () => Promise<void>): ServiceBroker {
  const call = (name: string, params?: unknown, options: CallingOptions = {}) =>
    broker.call(name, params, { ...options, meta: { caller: SYSTEM, ...options.meta } });
  const own: Record<PropertyKey, unknown> = { call, stop: leave };
  return new Proxy(broker, {
    get(target, key) {
      if (Object.hasOwn(own, key)) return own[key];
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
}
