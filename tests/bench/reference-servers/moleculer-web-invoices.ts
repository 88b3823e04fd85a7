import { ServiceBroker, type Context } from "moleculer";
import { invoicesOf, settings } from "./common";

// The service behind Moleculer's own gateway: the same query and nothing else.
const { databaseUrl, natsUrl } = settings();
const read = invoicesOf(databaseUrl);
const broker = new ServiceBroker({
  namespace: "reference",
  nodeID: "reference-invoices",
  transporter: { type: "NATS", options: { servers: [natsUrl] } },
  logger: false,
});
broker.createService({
  name: "invoices",
  actions: {
    list: (ctx: Context<{ limit: string }, { customerId: string }>) =>
      read(ctx.meta.customerId, Number(ctx.params.limit)),
  },
});
broker
  .start()
  .then(() => process.stdout.write("ready\n"))
  .catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
