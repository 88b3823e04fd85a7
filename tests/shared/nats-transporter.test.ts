import { ServiceBroker, type BrokerOptions } from "moleculer";
import { natsOptions } from "../../shared/process/nats/options";
import { checkPacket } from "../../shared/process/nats/refusals";
import { NatsTransporter } from "../../shared/process/nats/transporter";
import { nodeIdOf } from "../../shared/service/bus-name";

const NOTHING_PENDING = { pendingRequests: new Map(), pendingReqStreams: new Map() };

/** Why a packet of notifications is refused. */
function refusalOf(command: string, payload: object, from = "notifications.n") {
  return checkPacket(command, { sender: from, ...payload }, from, NOTHING_PENDING);
}

test.each<[string, BrokerOptions]>([
  ["disableBalancer", { disableBalancer: true, nodeID: nodeIdOf("console") }],
  ["is not a node id", { nodeID: "host-1234" }],
])("a broker with %s is refused", (message, options) => {
  const transporter = new NatsTransporter({ natsUrl: "nats://127.0.0.1", natsCaFile: undefined });
  const fatal = jest.spyOn(ServiceBroker.prototype, "fatal").mockImplementation(() => undefined);
  void new ServiceBroker({ logger: false, ...options, transporter });
  const [, reason] = fatal.mock.calls[0] ?? [];
  expect((reason as Error).message).toContain(message);
  fatal.mockRestore();
});

test.each([null, 7, "text", []])("a packet that is not an object is refused: %j", (payload) => {
  expect(checkPacket("INFO", payload, "cron.c", NOTHING_PENDING)).toBe("malformed");
});

test("an answer counts from the node that was asked, and without its meta", () => {
  const transit = { ...NOTHING_PENDING, pendingRequests: new Map([["1", { nodeID: "cron.c" } as never]]) };
  const answer = { sender: "cron.c", id: "1", meta: { caller: "operator" } };
  expect(checkPacket("RES", answer, "cron.c", transit)).toBeUndefined();
  expect(answer).not.toHaveProperty("meta");
  expect(checkPacket("RES", { ...answer, sender: "cron.d" }, "cron.d", transit)).toBe(
    "an answer from a node that was not asked",
  );
  expect(refusalOf("RES", { id: "2" })).toBeUndefined();
});

test("a part of a stream counts from the node that opened it", () => {
  const transit = { ...NOTHING_PENDING, pendingReqStreams: new Map([["1", { sender: "cron.c" }]]) };
  const part = { id: "1", action: "catalog.listPlans", stream: true, seq: 1 };
  expect(checkPacket("REQ", { sender: "cron.c", ...part }, "cron.c", transit)).toBeUndefined();
  expect(checkPacket("REQ", { sender: "cron.d", ...part }, "cron.d", transit)).toBe(
    "a part of another node's stream",
  );
});

test.each([
  ["notifications.n", [{ name: "notifications", actions: { a: { name: "notifications.a" } } }], true],
  ["notifications.n", [{ name: "notifications", events: { e: { name: "doorbell.cron" } } }], true],
  ["notifications.n", [{ name: "notifications", events: { e: { name: "**" } } }], false],
  ["notifications.n", [{ name: "notifications", fullName: "payments" }], false],
  ["notifications.n", [{ name: "notifications", actions: { a: { name: "payments.events" } } }], false],
  ["notifications.n", [{ name: "notifications", actions: [] }], false],
  ["notifications.n", [{ name: "team" }], false],
  ["notifications.n", {}, false],
  ["catalog-cron.c", [{ name: "catalog" }, { name: "cron" }], true],
  ["cron-catalog.c", [{ name: "catalog" }], false],
  ["console.c", [], true],
  ["console.c", [{ name: "identity" }], false],
  ["listener.l", [{ name: "team", events: { e: { name: "invoice.paid", group: "mail" } } }], true],
  ["listener.l", [{ name: "team", events: { e: { name: "invoice.paid", group: "cron" } } }], false],
  ["listener.l", [{ name: "payments" }], false],
  ["listener.l", [{ name: "payments.more", actions: { a: { name: "payments.more.a" } } }], false],
  ["listener.l", [{ name: "$node" }], false],
])("%s may offer %j: %s", (sender, services, allowed) => {
  expect(refusalOf("INFO", { services }, sender)).toBe(
    allowed ? undefined : "an offer of a service that is not the sender's",
  );
});

test.each([
  ["notifications.n", "reminders.planned", true],
  ["notifications.n", "doorbell.notifications", true],
  ["notifications.n", "doorbell.payments", false],
  ["notifications.n", "payment.succeeded", false],
  ["notifications.n", "team.happened", false],
  ["listener.l", "team.happened", true],
  ["listener.l", "invoice.paid", false],
  ["listener.l", "$services.changed", false],
])("%s may emit %s: %s", (sender, event, allowed) => {
  expect(refusalOf("EVENT", { event }, sender)).toBe(
    allowed ? undefined : "an event that is not the sender's",
  );
});

test("tls:// encrypts, with the given CA; nothing comes back to its own sender", () => {
  const natsUrl = "tls://cron:secret@nats:4222";
  expect(natsOptions({ natsUrl, natsCaFile: "/ca.pem" })).toMatchObject({
    tls: { caFile: "/ca.pem" },
    user: "cron",
    pass: "secret",
    noEcho: true,
  });
  expect(natsOptions({ natsUrl, natsCaFile: undefined }).tls).toEqual({});
  expect(natsOptions({ natsUrl: "nats:4222", natsCaFile: undefined }).tls).toBeUndefined();
});
