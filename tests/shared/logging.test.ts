import { ServiceBroker } from "moleculer";
import { brokerLogging, processLog } from "../../shared/process/logging";

let lines: Record<string, unknown>[];
const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };

beforeEach(() => {
  lines = [];
});

it("writes one JSON object a line, with its level, time and part", () => {
  const broker = new ServiceBroker({ nodeID: "node-1", ...brokerLogging("info", destination) });
  broker.getLogger("invoicing").info({ request_id: "r-1" }, "done");
  expect(lines).toEqual([
    {
      level: "info",
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      node: "node-1",
      part: "invoicing",
      request_id: "r-1",
      msg: "done",
    },
  ]);
});

it("keeps Moleculer's own talk out of the log at info, and lets it in at debug", () => {
  void new ServiceBroker(brokerLogging("info", destination));
  expect(lines).toEqual([]);
  void new ServiceBroker(brokerLogging("debug", destination));
  expect(lines.map(({ part }) => part)).toContain("broker");
});

it("keeps the error that Moleculer logs after its message", () => {
  const broker = new ServiceBroker(brokerLogging("info", destination));
  broker.logger.error("Unable to start all services.", new Error("because of that"));
  expect(lines[0]).toMatchObject({
    msg: "Unable to start all services.",
    err: { message: "because of that" },
  });
});

it.each([
  ["at the top", { password: "s3cret" }],
  ["of a request", { body: { username: "ada", password: "s3cret", current_password: "s3cret" } }],
  ["in a header", { request: { headers: { authorization: "Bearer s3cret", cookie: "s3cret" } } }],
  ["of a token pair", { answer: { access: "s3cret", refresh: "s3cret" } }],
  [
    "of Stripe",
    {
      config: { stripe: { secretKey: "s3cret", webhookSecret: "s3cret" } },
      intent: { client_secret: "s3cret" },
    },
  ],
  ["in an error's data", { err: Object.assign(new Error("no"), { data: { password: "s3cret" } }) }],
  [
    "in a URL of the configuration",
    { config: { databaseUrl: "postgresql://a:s3cret@b/c", natsUrl: "nats://s3cret@b" } },
  ],
])("hides secrets %s", (_where, object) => {
  processLog("info", destination).info(object, "look");
  expect(JSON.stringify(lines)).not.toContain("s3cret");
  expect(JSON.stringify(lines)).toContain("[Redacted]");
});
