import { ServiceBroker, type BrokerOptions } from "moleculer";
import { natsOptions } from "../../shared/process/nats/options";
import { checkPacket } from "../../shared/process/nats/refusals";
import { NatsTransporter } from "../../shared/process/nats/transporter";
import { nodeIdOf } from "../../shared/service/bus-name";

const NOTHING_PENDING = { pendingRequests: new Map() };
const V5 = { ver: "5" };

/** Why a packet of notifications is refused. */
function refusalOf(command: string, payload: object, from = "notifications.n") {
  return checkPacket(command, { ...V5, sender: from, ...payload }, from, NOTHING_PENDING);
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
  const transit = { pendingRequests: new Map([["1", { nodeID: "cron.c" } as never]]) };
  const answer = { ...V5, sender: "cron.c", id: "1", success: true, meta: { caller: "operator" } };
  expect(checkPacket("RES", answer, "cron.c", transit)).toBeUndefined();
  expect(answer.meta).toEqual({});
  const replay = { ...answer, meta: { caller: "operator", replayed: true } };
  expect(checkPacket("RES", replay, "cron.c", transit)).toBeUndefined();
  expect(replay.meta).toEqual({ replayed: true });
  expect(checkPacket("RES", { ...answer, sender: "cron.d" }, "cron.d", transit)).toBe(
    "an answer from a node that was not asked",
  );
  expect(refusalOf("RES", { id: "2", success: true })).toBeUndefined();
});

const REQUEST = { id: "1", action: "catalog.listPlans", level: 1, stream: false };

test.each<[string, string, object, string | undefined]>([
  ["a request", "REQ", REQUEST, undefined],
  ["no level", "REQ", { ...REQUEST, level: undefined }, "malformed"],
  ["a level that is a text", "REQ", { ...REQUEST, level: "9" }, "malformed"],
  ["a very deep call", "REQ", { ...REQUEST, level: 1e9 }, "malformed"],
  ["a long id", "REQ", { ...REQUEST, id: "1".repeat(101) }, "malformed"],
  ["another version", "REQ", { ...REQUEST, ver: "4" }, "malformed"],
  ["an internal action", "REQ", { ...REQUEST, action: "$node.options" }, "a call of an internal action"],
  ["the start of a stream", "REQ", { ...REQUEST, stream: true, seq: 0 }, "a stream"],
  ["a part of a stream", "REQ", { ...REQUEST, seq: 1 }, "a stream"],
  ["a stream as the answer", "RES", { id: "1", success: true, stream: true, seq: 0 }, "a stream"],
  ["a failure without an error", "RES", { id: "1", success: false }, "malformed"],
  ["a failure", "RES", { id: "1", success: false, error: { name: "Error" } }, undefined],
  ["groups", "EVENT", { event: "doorbell.notifications", groups: ["cron"] }, undefined],
  ["a group that is a text", "EVENT", { event: "doorbell.notifications", groups: "cron" }, "malformed"],
  ["groups that are objects", "EVENT", { event: "doorbell.notifications", groups: [{}] }, "malformed"],
])("%s: %s %j: %s", (_, command, payload, refusal) => {
  expect(refusalOf(command, payload)).toBe(refusal);
});

test.each([
  "notifications",
  "notifications.",
  "notifications.a b",
  "notifications.ü",
  `n.${"x".repeat(101)}`,
])("%s is no sender", (sender) => expect(refusalOf("HEARTBEAT", {}, sender)).toBe("malformed"));

test.each([
  ["REQ", REQUEST],
  ["EVENT", { event: "doorbell.notifications" }],
])("the caller of a %s is its sender, for metrics", (command, payload) => {
  const packet = { ...V5, sender: "notifications.n", ...payload, caller: "a new label each time" };
  expect(checkPacket(command, packet, "notifications.n", NOTHING_PENDING)).toBeUndefined();
  expect(packet.caller).toBe("notifications");
});

test.each([
  ["notifications.n", [{ name: "notifications", actions: { a: { name: "notifications.a" } } }], true],
  ["notifications.n", [{ name: "notifications", events: { e: { name: "doorbell.cron" } } }], true],
  ["notifications.n", [{ name: "notifications", events: { e: { name: "$services.changed" } } }], true],
  ["notifications.n", [{ name: "notifications", events: { e: { name: "**" } } }], false],
  ["notifications.n", [{ name: "notifications", events: { e: { name: "doorbell.?|**" } } }], false],
  ["notifications.n", [{ name: "notifications", events: { e: { name: "doorbell.?(" } } }], false],
  ["notifications.n", [{ name: "notifications", events: { e: { name: "doorbell.*" } } }], false],
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
  ["listener.l", [{ name: "team", events: { e: { name: "invoice.**" } } }], true],
  ["listener.l", [{ name: "team", events: { e: { name: "team:happened (twice)" } } }], true],
  ["listener.l", [{ name: "team", events: { e: { name: "invoice.?(" } } }], false],
  ["listener.l", [{ name: "team", events: { e: { name: "**a**a**a" } } }], false],
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
