import path from "node:path";
import { ServiceBroker, type BrokerOptions, type Middleware } from "moleculer";
import brokerOptions from "../../moleculer.config";
import type { Config, ServiceName } from "../config/config";
import { registerMetrics } from "../service/metrics";
import { attachRuntime } from "../service/runtime";

const ROOT = path.resolve(__dirname, "../..");

/** The file that holds a service's Moleculer schema. */
export function serviceFile(name: ServiceName): string {
  return name === "gateway"
    ? path.join(ROOT, "gateway/gateway.service.ts")
    : path.join(ROOT, `services/${name}/${name}.service.ts`);
}

/**
 * The door opens last: a gateway waits for the services that share its process, not for those elsewhere,
 * which come and go.
 */
const gatewayLast: Middleware = {
  serviceStarting: async ({ name, broker }) => {
    if (name !== "gateway") return;
    await broker.waitForServices(
      broker.services
        .map((service) => service.name)
        .filter((other) => other !== name && !other.startsWith("$")),
    );
  },
};

/**
 * Makes the process's broker with the services that the configuration names; `start()` it to open for
 * business.
 * @param databaseUrl of a Postgres that `prepareDatabases` has seen
 * @param overrides Moleculer options for this broker alone
 */
export function createBroker(
  config: Config,
  databaseUrl: string,
  overrides: BrokerOptions = {},
): ServiceBroker {
  const broker = new ServiceBroker({ ...brokerOptions(config), middlewares: [gatewayLast], ...overrides });
  attachRuntime(broker, { config, databaseUrl });
  registerMetrics(broker);
  for (const name of config.services) broker.loadService(serviceFile(name));
  return broker;
}
