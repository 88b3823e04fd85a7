import { ServiceBroker, type Context } from "moleculer";
import ApiGateway from "moleculer-web";
import { settings, customerOf } from "./common";

// Moleculer's own gateway, used as its documentation shows, with the same token check.
const { natsUrl, port, publicKey } = settings();
const broker = new ServiceBroker({
  namespace: "reference",
  nodeID: "reference-gateway",
  transporter: { type: "NATS", options: { servers: [natsUrl] } },
  logger: false,
});
broker.createService({
  name: "api",
  mixins: [ApiGateway],
  settings: {
    port,
    ip: "127.0.0.1",
    routes: [
      {
        path: "/api",
        authentication: true,
        aliases: { "GET invoices": "invoices.list" },
        mappingPolicy: "restrict",
      },
    ],
  },
  methods: {
    authenticate(
      ctx: Context<unknown, Record<string, unknown>>,
      _route: unknown,
      request: { headers: { authorization?: string } },
    ) {
      ctx.meta["customerId"] = customerOf(request.headers.authorization, publicKey);
      return Promise.resolve({});
    },
  },
});
broker
  .start()
  .then(() => broker.waitForServices("invoices"))
  .then(() => process.stdout.write("ready\n"))
  .catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
