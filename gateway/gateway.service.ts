import type { Service, ServiceBroker, ServiceSchema, ServiceSettingSchema } from "moleculer";
import { Doorbell } from "../shared/events/doorbell";
import type { BillingBroker } from "../shared/service/broker";
import { buildApp } from "./app";
import { Authenticator } from "./auth/authenticator";
import { listen, type HttpServer } from "./http-server";

/** Requests in flight may take this long to finish when the gateway closes. */
const DRAIN_WITHIN_MS = 5_000;

/** What runs of the gateway; undefined before its start. */
interface GatewayService extends Service {
  broker: BillingBroker;
  authenticator?: Authenticator;
  server?: HttpServer;
}

/** Turns HTTP requests into calls of the other services. It owns no data. */
const gateway: ServiceSchema<
  ServiceSettingSchema,
  Record<string, never>,
  Record<string, never>,
  GatewayService
> = {
  name: "gateway",
  events: {
    [Doorbell.eventOf("identity")]() {
      this.authenticator?.wake();
    },
  },
  async started() {
    const { broker, logger: log } = this;
    const { config } = broker.runtime;
    this.authenticator = new Authenticator(broker, log);
    const app = buildApp({ broker, config, authenticator: this.authenticator, log });
    const handle = app.callback();
    this.server = await listen((request, response) => void handle(request, response), config);
    this.authenticator.start();
    log.info({ url: this.server.url }, "listening");
  },
  async stopped() {
    await this.server?.drain(DRAIN_WITHIN_MS);
    await this.authenticator?.stop();
  },
};

export default gateway;

/**
 * Where the gateway of a broker listens, like `http://127.0.0.1:3000`; for tests, whose port is a free one.
 * @throws Error while it does not listen
 */
export function gatewayUrl(broker: ServiceBroker): string {
  const { server } = (broker.getLocalService("gateway") as GatewayService | null) ?? {};
  if (server === undefined) throw new Error("this broker has no open gateway");
  return server.url;
}
