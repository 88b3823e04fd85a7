import { stripVTControlCharacters } from "node:util";
import { ServiceBroker } from "moleculer";
import { brokerLogging, processLog } from "../../shared/process/logging";

let lines: Record<string, unknown>[];
const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };

beforeEach(() => {
  lines = [];
});

it("writes one JSON object a line, with its level, time and part", () => {
  const broker = new ServiceBroker({ nodeID: "node-1", ...brokerLogging({ logLevel: "info" }, destination) });
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
  void new ServiceBroker(brokerLogging({ logLevel: "info" }, destination));
  expect(lines).toEqual([]);
  void new ServiceBroker(brokerLogging({ logLevel: "debug" }, destination));
  expect(lines.map(({ part }) => part)).toContain("broker");
});

it("keeps the error that Moleculer logs after its message", () => {
  const broker = new ServiceBroker(brokerLogging({ logLevel: "info" }, destination));
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
  processLog({ logLevel: "info" }, destination).info(object, "look");
  expect(JSON.stringify(lines)).not.toContain("s3cret");
  expect(JSON.stringify(lines)).toContain("[Redacted]");
});

describe("for people", () => {
  let text: string;
  const terminal = { write: (line: string) => void (text += line), isTTY: true };
  const look = () => stripVTControlCharacters(text).split("\n").filter(Boolean);
  beforeEach(() => {
    text = "";
  });

  it("a terminal gets one line each: time, level, part, message, error and fields", () => {
    const broker = new ServiceBroker({ nodeID: "node-1", ...brokerLogging({ logLevel: "info" }, terminal) });
    broker.getLogger("invoicing").info({ run_id: "r-1" }, "billing run started");
    broker.getLogger("payments").error({ err: new Error("no\nanswer"), intent: "pi_1" }, "cannot ask Stripe");
    expect(look()).toEqual([
      expect.stringMatching(
        /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: invoicing: billing run started \{"run_id":"r-1"\}$/,
      ),
      expect.stringMatching(/ERROR: payments: cannot ask Stripe: no \| answer \{"intent":"pi_1"\}$/),
    ]);
  });

  it("secrets are hidden as in JSON, and moleculer-cron's empty line is left out", () => {
    const log = processLog({ logLevel: "info" }, terminal);
    log.info({ password: "s3cret" }, "look");
    log.info("Start Cron - ");
    expect(look()).toEqual([expect.stringMatching(/look \{"password":"\[Redacted\]"\}$/)]);
  });

  it("LOG_FORMAT decides, wherever the log goes", () => {
    processLog({ logLevel: "info", logFormat: "json" }, terminal).info("as JSON");
    expect(JSON.parse(text)).toMatchObject({ msg: "as JSON" });
    text = "";
    const file = { write: terminal.write };
    processLog({ logLevel: "info", logFormat: "pretty" }, file).info("for people");
    expect(text).toMatch(/^\[.*\] INFO: for people\n$/);
  });
});
