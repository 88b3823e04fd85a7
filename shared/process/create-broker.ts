import { createRequire } from "node:module";
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { BrokerOptions, Middleware } from "moleculer";
import brokerOptions from "../../moleculer.config";
import { SCHEMAS, type Config, type DatabaseUrls, type ServiceName } from "../config/config";
import { busName, nodeIdOf } from "../service/bus-name";
import { BillingBroker } from "../service/broker";

/** As Moleculer loads a service, from the same cache. */
const load = createRequire(__filename);
const ROOT = path.resolve(__dirname, "../..");

/** The file that holds a service's Moleculer schema. */
function serviceFile(name: ServiceName): string {
  return name === "gateway"
    ? path.join(ROOT, "gateway/gateway.service.ts")
    : path.join(ROOT, `services/${name}/${name}.service.ts`);
}

/**
 * Reads the code of services into memory, so that the broker need not. One service after the other: what runs
 * beside it, like the start of Postgres, goes on.
 */
export async function loadServices(names: readonly ServiceName[]): Promise<void> {
  for (const name of names) {
    load(serviceFile(name));
    await nextTurn();
  }
}

/** The gateway starts last: it waits for the services of its own process, not for those of others. */
const gatewayLast: Middleware = {
  serviceStarting: async ({ name, broker }) => {
    if (name !== "gateway") return;
    const names = broker.services.map((service) => service.name);
    await broker.waitForServices(names.filter((other) => other !== name && !other.startsWith("$")));
  },
};

/**
 * Makes the broker of a process, with the services that the configuration names; `start()` starts them.
 * @param databaseUrls of the services' roles, with their schemas prepared
 * @param overrides Moleculer options for this broker alone
 */
export function createBroker(
  config: Config,
  databaseUrls: DatabaseUrls,
  overrides: BrokerOptions = {},
): BillingBroker {
  const options = brokerOptions(config);
  const middlewares = [...(options.middlewares ?? []), gatewayLast];
  const nodeID = nodeIdOf(busName(config.services));
  const broker = new BillingBroker(
    { ...options, nodeID, middlewares, ...overrides },
    { config, databaseUrls },
  );
  return withServices(broker, config.services);
}

/**
 * Makes a broker whose services answer calls and start nothing by themselves: no workers, mails, ticks or
 * sandbox. It needs no other process, and can run beside a running system on the same database.
 */
export function createObserver(config: Config, databaseUrls: DatabaseUrls): BillingBroker {
  const options = { ...brokerOptions({ ...config, natsUrl: undefined }), nodeID: `observer-${process.pid}` };
  const broker = new BillingBroker(options, { config, databaseUrls, observes: true });
  return withServices(broker, SCHEMAS);
}

function withServices(broker: BillingBroker, names: readonly ServiceName[]): BillingBroker {
  for (const name of names) broker.loadService(serviceFile(name));
  return broker;
}
