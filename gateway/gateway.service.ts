import type { Context, Service, ServiceBroker, ServiceSchema } from "moleculer";
import { runtimeOf } from "../shared/service/runtime";
import { Doorbell } from "../shared/events/doorbell";
import { buildApp } from "./app";
import { Authenticator } from "./auth/authenticator";
import { listen, type HttpServer } from "./http-server";

/** What is in flight may take this long to finish when the gateway closes. */
const DRAIN_WITHIN_MS = 5_000;

interface Open {
  authenticator: Authenticator;
  server: HttpServer;
}

const open = new WeakMap<ServiceBroker, Open>();

/**
 * Where the gateway of a broker listens, like `http://127.0.0.1:3000`.
 * @throws Error while it does not
 */
export function gatewayUrl(broker: ServiceBroker): string {
  const gateway = open.get(broker);
  if (gateway === undefined) throw new Error("this broker has no open gateway");
  return gateway.server.url;
}

/** The door: turns HTTP requests into calls of the other services. It owns no data. */
const gateway: ServiceSchema = {
  name: "gateway",
  events: {
    [Doorbell.eventOf("identity")]: {
      handler: (ctx: Context) => open.get(ctx.broker)?.authenticator.wake(),
    },
  },
  async started(this: Service) {
    const { broker } = this;
    const { config } = runtimeOf(broker);
    const log = broker.getLogger("gateway");
    const authenticator = new Authenticator(broker, log);
    const app = buildApp({ broker, config, authenticator, log });
    const handle = app.callback();
    const server = await listen((request, response) => void handle(request, response), config);
    authenticator.start();
    open.set(broker, { authenticator, server });
    log.info({ url: server.url }, "listening");
  },
  async stopped(this: Service) {
    const opened = open.get(this.broker);
    open.delete(this.broker);
    if (opened === undefined) return;
    await opened.server.drain(DRAIN_WITHIN_MS);
    await opened.authenticator.stop();
  },
};

export default gateway;
