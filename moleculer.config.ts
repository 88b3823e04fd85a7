import type { BrokerOptions } from "moleculer";
import { brokerLogging } from "./shared/process/logging";
import { NAMESPACE } from "./shared/process/nats/subjects";
import { NatsTransporter } from "./shared/process/nats/transporter";
import type { Config } from "./shared/config/config";
import { contractMiddleware } from "./shared/service/contract-middleware";

type Settings = Pick<Config, "logLevel" | "natsUrl" | "natsCaFile"> & Partial<Pick<Config, "logFormat">>;

/**
 * Moleculer's settings for one process.
 * @param config the parsed environment
 * @returns options for `new ServiceBroker`; without NATS_URL there is no transporter, all services share the
 *   process; with it, the node id must be one of `nodeIdOf`
 */
export default function brokerOptions(config: Settings): BrokerOptions {
  const { natsUrl, natsCaFile } = config;
  return {
    namespace: NAMESPACE,
    ...brokerLogging(config),
    ...(natsUrl === undefined ? {} : { transporter: new NatsTransporter({ natsUrl, natsCaFile }) }),
    serializer: "JSON",
    // Calls to a node that was killed hang until it is missed, which takes up to twice the timeout.
    heartbeatInterval: 2,
    heartbeatTimeout: 6,
    requestTimeout: 10_000,
    // A retried mutation would be a second one; who may safely ask again does so itself.
    retryPolicy: { enabled: false },
    dependencyInterval: 100,
    tracking: { enabled: true, shutdownTimeout: 5_000 },
    // The contract middleware checks params: by zod schemas, which Moleculer's validator does not know.
    validator: false,
    middlewares: [contractMiddleware],
    metrics: { enabled: true },
    skipProcessEventRegistration: true,
  };
}
