import type { BrokerOptions } from "moleculer";
import type { Config } from "./shared/config/config";
import { OperationsReporter } from "./shared/http/operations";

/** Paths whose values never reach a log, whatever object they are logged with. */
const SECRETS = [
  "password",
  "current_password",
  "authorization",
  "access",
  "refresh",
  "client_secret",
  "signature",
  "secretKey",
  "webhookSecret",
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/**
 * Moleculer's settings for one process.
 * @param config the parsed environment
 * @returns options for `new ServiceBroker`; without NATS_URL there is no transporter, all services share the process
 */
export default function brokerOptions(config: Config): BrokerOptions {
  return {
    namespace: "billing",
    logger: {
      type: "Pino",
      options: { level: config.logLevel, pino: { options: { redact: SECRETS, base: null } } },
    },
    logLevel: config.logLevel,
    ...(config.natsUrl === undefined
      ? {}
      : {
          transporter: {
            type: "NATS",
            options: { servers: config.natsUrl.split(","), maxReconnectAttempts: -1, reconnectTimeWait: 500 },
          },
        }),
    serializer: "JSON",
    heartbeatInterval: 5,
    heartbeatTimeout: 15,
    requestTimeout: 10_000,
    // A retried mutation would be a second one; who may safely ask again does so itself.
    retryPolicy: { enabled: false },
    dependencyInterval: 100,
    tracking: { enabled: true, shutdownTimeout: 6_000 },
    validator: false,
    metrics: {
      enabled: true,
      ...(config.metricsPort === undefined
        ? {}
        : { reporter: asReporter(new OperationsReporter({ port: config.metricsPort, host: config.host })) }),
    },
    skipProcessEventRegistration: true,
  };
}

/** Moleculer takes an instance as well as a name; its types know of the names only. */
function asReporter(reporter: OperationsReporter): "Prometheus" {
  return reporter as unknown as "Prometheus";
}
