import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { ServiceBroker, type Context } from "moleculer";
import brokerOptions from "../../moleculer.config";
import { gatewayUrl } from "../../gateway/gateway.service";
import { LISTENER, nodeIdOf } from "../../shared/service/bus-name";
import type { NatsServer } from "../support/nats";
import { createDatabase, type TestDatabase } from "../support/postgres";
import { eventually, startSystem, type System } from "../support/system";
import { Attacker, offer, type Names } from "./attacker";

const PASSWORD = "a password that nobody else knows";

/** A small cluster, a node for each service, and somebody who has stolen the credentials of notifications. */
export interface World {
  attacker: Attacker;
  identity: System;
  invoicing: System;
  gateway: System;
  /** A team's own service: `team.slow` calls notifications and takes a while; it listens to events. */
  team: ServiceBroker;
  heard: string[];
  /** Whether an attack has ended invoicing's process. */
  ends: () => boolean;
  /** How long an effect may take. */
  patience_ms: number;
  stop: () => Promise<void>;
}

export async function startWorld(nats: NatsServer, patience_ms: number): Promise<World> {
  const database: TestDatabase = await createDatabase();
  const start = (service: "identity" | "invoicing" | "gateway") =>
    startSystem({
      services: [service],
      databaseUrl: database.url,
      env: { NATS_URL: nats.urlFor(service) },
      broker: { nodeID: nodeIdOf(service) },
    });
  const heard: string[] = [];
  const [identity, invoicing, gateway] = await Promise.all(
    (["identity", "invoicing", "gateway"] as const).map(start),
  );
  const team = await startTeam(nats, heard);
  const attacker = await Attacker.join(nats.urlFor("notifications"), "notifications");
  if (identity === undefined || invoicing === undefined || gateway === undefined)
    throw new Error("no system");
  await gateway.broker.waitForServices(["identity", "invoicing", "team"]);
  await identity.call("identity.createUser", {
    username: "ada",
    email: "ada@example.com",
    password: PASSWORD,
    is_staff: false,
  });
  // Moleculer ends its process when it gets an INFO of its own node id.
  const fatal = jest.spyOn(invoicing.broker, "fatal").mockImplementation(() => undefined);
  const ends = () => fatal.mock.calls.length > 0;
  const stop = async () => {
    await attacker.leave();
    await team.stop();
    for (const each of [gateway, invoicing, identity]) await each.stop();
    await database.drop();
  };
  return { attacker, identity, invoicing, gateway, team, heard, ends, patience_ms, stop };
}

async function startTeam(nats: NatsServer, heard: string[]): Promise<ServiceBroker> {
  const options = brokerOptions({
    logLevel: "fatal",
    natsUrl: nats.urlFor(LISTENER),
    natsCaFile: undefined,
  });
  const team = new ServiceBroker({ ...options, nodeID: nodeIdOf(LISTENER) });
  const hears = (ctx: Context) => void heard.push(ctx.eventName ?? "");
  team.createService({
    name: "team",
    actions: {
      async slow(ctx: Context) {
        await ctx.call("notifications.peek");
        await delay(100);
        return { from: "team", meta: ctx.meta };
      },
    },
    events: { "invoice.paid": hears, "reminders.planned": hears, "$services.stolen": hears },
  });
  await team.start();
  return team;
}

/** What somebody tries with the credentials of notifications. */
export interface Attack {
  name: string;
  /** @returns whether it had the effect that the attacker wants */
  works: (world: World) => Promise<boolean>;
}

/** Whether something happens within `patience_ms` after all nodes have handled what the attacker sent. */
async function happens(world: World, look: () => boolean | Promise<boolean>): Promise<boolean> {
  const { attacker, identity, invoicing, gateway, team } = world;
  const nodes = [identity.broker, invoicing.broker, gateway.broker, team];
  await Promise.all(nodes.map(({ nodeID }) => attacker.ping(nodeID)));
  return eventually(async () => ((await look()) ? true : undefined), world.patience_ms).catch(() => false);
}

/** As `happens`, trying again: what the other node sends at that moment can undo the effect of one try. */
async function happensAtLast(
  world: World,
  attack: () => Promise<void>,
  look: () => boolean,
): Promise<boolean> {
  const once = { ...world, patience_ms: 150 };
  const deadline = Date.now() + world.patience_ms;
  do {
    await attack();
    if (await happens(once, look)) return true;
  } while (Date.now() < deadline);
  return false;
}

const sees = ({ broker }: System, action: string, nodeId: string) =>
  broker.registry.getActionEndpointByNodeId(action, nodeId)?.isAvailable ?? false;

/** After a successful attack on the registry, the gateway asks invoicing for its INFO again. */
async function untilWhole({ gateway, invoicing }: World): Promise<void> {
  const { broker } = gateway;
  const { nodeID } = invoicing.broker;
  const isWhole = () => sees(gateway, "invoicing.getInvoice", nodeID);
  if (isWhole()) return;
  broker.registry.nodes.get(nodeID).seq = 0;
  await broker.transit?.discoverNode(nodeID);
  await eventually(() => isWhole() || undefined);
}

/** Makes a staff account for the attacker. */
async function makesStaff(world: World, meta: object, names: Names): Promise<boolean> {
  const { attacker, identity } = world;
  const username = `mallory-${randomUUID().slice(0, 8)}`;
  const params = { username, email: `${username}@example.com`, password: "let me in please", is_staff: true };
  await attacker.request(identity.broker.nodeID, "identity.createUser", params, { ...names, meta });
  return happens(world, async () => {
    const rows = await identity.db("identity")("users").where({ username, is_staff: true });
    return rows.length === 1;
  });
}

/** The gateway calls team.slow, which calls the attacker. @returns that request, and the gateway's answer */
async function isAsked({ attacker, gateway, team }: World) {
  attacker.received.length = 0;
  await attacker.announce([offer("notifications", "notifications.peek")]);
  await eventually(
    () => team.registry.getActionEndpointByNodeId("notifications.peek", attacker.nodeId) ?? undefined,
  );
  const answer = gateway.broker.call<TeamAnswer>("team.slow");
  const { payload } = await eventually(() =>
    attacker.received.find((each) => each.payload["action"] === "notifications.peek"),
  );
  return { id: payload["id"], parentID: payload["parentID"], answer };
}

interface TeamAnswer {
  from: string;
  meta: { stolen?: boolean };
}

/** The attacker answers a question that the gateway asked somebody else, having learnt its id as a callee. */
async function answersForTeam(world: World, names: (team: string) => Names): Promise<boolean> {
  const { attacker, gateway, team } = world;
  const { id, parentID, answer } = await isAsked(world);
  const forged = { id: parentID, success: true, data: { from: "mallory" } };
  await attacker.send("RES", gateway.broker.nodeID, forged, names(team.nodeID));
  await attacker.send("RES", team.nodeID, { id, success: true, data: null });
  return (await answer).from === "mallory";
}

const OPERATOR = { caller: { kind: "operator" } };
const STAFF = {
  caller: { kind: "user", userId: "0198c0de-0000-7000-8000-000000000001", isStaff: true, customers: [] },
};

/** What needs the name of another node: the attacker puts it into the subject, or into the packet alone. */
function underAnotherName(where: string, names: (nodeId: string) => Names): Attack[] {
  const attacks: Attack[] = [
    { name: "makes staff as the console", works: (world) => makesStaff(world, OPERATOR, names("console.c")) },
    { name: "makes staff as the gateway", works: (world) => makesStaff(world, STAFF, names("gateway.g")) },
    {
      name: "disconnects invoicing",
      works: async (world) => {
        await untilWhole(world);
        const { nodeID } = world.invoicing.broker;
        // It may be back before anybody looks.
        let left = false;
        const note = ({ node }: { node: { id: string } }) => void (left ||= node.id === nodeID);
        const { localBus } = world.gateway.broker;
        localBus.on("$node.disconnected", note);
        const attack = () => world.attacker.send("DISCONNECT", undefined, {}, names(nodeID));
        const works = await happensAtLast(world, attack, () => left);
        localBus.off("$node.disconnected", note);
        return works;
      },
    },
    {
      name: "takes invoicing's services away by its INFO",
      works: async (world) => {
        await untilWhole(world);
        const { nodeID } = world.invoicing.broker;
        const attack = () => world.attacker.announce([], names(nodeID));
        return happensAtLast(world, attack, () => !sees(world.gateway, "invoicing.getInvoice", nodeID));
      },
    },
    {
      name: "sends invoicing's heartbeat",
      works: async (world) => {
        await untilWhole(world);
        const { nodeID, instanceID } = world.invoicing.broker;
        const { nodes } = world.gateway.broker.registry;
        const attack = () => {
          const beat = { cpu: 77.7, seq: nodes.get(nodeID).seq, instanceID };
          return world.attacker.send("HEARTBEAT", undefined, beat, names(nodeID));
        };
        return happensAtLast(world, attack, () => (nodes.get(nodeID) as { cpu?: number }).cpu === 77.7);
      },
    },
    {
      name: "offers payments' feed as payments",
      works: async (world) => {
        const { attacker, invoicing } = world;
        const packet = names("payments.p");
        await attacker.announce([offer("payments", "payments.events")], packet);
        return happens(world, () => sees(invoicing, "payments.events", "payments.p"));
      },
    },
    {
      name: "answers for another node",
      works: (world) => answersForTeam(world, names),
    },
    {
      name: "emits invoice.paid as invoicing",
      works: async (world) => {
        const { attacker, team, heard, invoicing } = world;
        heard.length = 0;
        const event = { event: "invoice.paid", data: {}, broadcast: true };
        await attacker.send("EVENT", team.nodeID, event, names(invoicing.broker.nodeID));
        return happens(world, () => heard.includes("invoice.paid"));
      },
    },
  ];
  return attacks.map(({ name, works }) => ({ name: `${name}, with the name in ${where}`, works }));
}

const OWN_NAME: Names = {};

function offers(what: string, services: object[], action: string): Attack {
  return {
    name: `offers ${what}`,
    works: async (world) => {
      const { attacker, gateway } = world;
      await attacker.announce(services);
      return happens(world, () => sees(gateway, action, attacker.nodeId));
    },
  };
}

const hears = (event: string) => offer("notifications", "notifications.peek", { e: { name: event } });

function listens(what: string, event: string, group?: string): Attack {
  return {
    name: what,
    works: async (world) => {
      const { attacker, invoicing } = world;
      const events = { [event]: { name: event, ...(group === undefined ? {} : { group }) } };
      await attacker.announce([offer("notifications", "notifications.peek", events)]);
      const { events: catalog } = invoicing.broker.registry;
      return happens(world, () =>
        catalog.getAllEndpoints(event).some(({ node }) => node.id === attacker.nodeId),
      );
    },
  };
}

/** Reads what is meant for others: a login's password on its way from the gateway to identity. */
function overhears(subject: string, queue?: string): Attack {
  return {
    name: `overhears a password by subscribing to ${subject}${queue === undefined ? "" : " in a queue"}`,
    works: async (world) => {
      const { attacker, gateway } = world;
      attacker.received.length = 0;
      attacker.subscribe(subject, queue);
      await fetch(`${gatewayUrl(gateway.broker)}/api/token/`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ username: "ada", password: PASSWORD }),
      });
      return happens(world, () => JSON.stringify(attacker.received).includes(PASSWORD));
    },
  };
}

/** What the attacker may send by NATS, because it is under its own name. */
const underItsOwnName: Attack[] = [
  { name: "makes staff, calling as an operator", works: (world) => makesStaff(world, OPERATOR, OWN_NAME) },
  { name: "makes staff, calling as a user", works: (world) => makesStaff(world, STAFF, OWN_NAME) },
  offers("payments' feed", [offer("payments", "payments.events")], "payments.events"),
  offers("identity's keys", [offer("identity", "identity.publicKeys")], "identity.publicKeys"),
  offers(
    "identity's keys as its own",
    [offer("notifications", "identity.publicKeys")],
    "identity.publicKeys",
  ),
  offers(
    "identity's keys beside its own service",
    [offer("notifications", "notifications.peek"), offer("identity", "identity.publicKeys")],
    "identity.publicKeys",
  ),
  offers("$node", [offer("$node", "$node.list")], "$node.list"),
  listens("takes events out of a team's group", "invoice.paid", "team"),
  listens("receives events whose feed it may not read", "payment.succeeded"),
  {
    name: "receives such events by a pattern that begins like a doorbell",
    works: async (world) => {
      const { attacker, invoicing } = world;
      await attacker.announce([hears("doorbell.?|**")]);
      const { events } = invoicing.broker.registry;
      const works = await happens(world, () => events.getGroups("payment.succeeded").length > 0);
      await attacker.announce([]);
      return works;
    },
  },
  {
    name: "breaks every event by a pattern that does not compile",
    works: async (world) => {
      const { attacker, invoicing } = world;
      await attacker.announce([hears("doorbell.?(")]);
      const works = await happens(world, () => {
        try {
          void invoicing.broker.broadcastLocal("doorbell.invoicing");
          return false;
        } catch {
          return true;
        }
      });
      for (const { registry } of [world.identity.broker, invoicing.broker, world.gateway.broker, world.team])
        registry.events.events = registry.events.events.filter(({ name }) => !name.endsWith("("));
      return works;
    },
  },
  {
    name: "opens a stream that nobody ends",
    works: async (world) => {
      const { attacker, invoicing } = world;
      const id = randomUUID();
      const part = {
        id,
        action: "invoicing.listUnpaid",
        params: {},
        meta: {},
        level: 1,
        stream: true,
        seq: 1,
      };
      await attacker.send("REQ", invoicing.broker.nodeID, part);
      return happens(world, () => invoicing.broker.transit?.pendingReqStreams.has(id) ?? false);
    },
  },
  {
    name: "fills the memory of others with labels of metrics",
    works: async (world) => {
      const { attacker, identity } = world;
      const label = randomUUID();
      const request = { id: "1", action: "identity.events", params: {}, meta: {}, level: 1, caller: label };
      await attacker.send("REQ", identity.broker.nodeID, request);
      await attacker.announce([offer("notifications", `notifications.${label}`)]);
      return happens(world, () => JSON.stringify(identity.broker.metrics.list({})).includes(label));
    },
  },
  {
    name: "emits invoice.paid",
    works: async (world) => {
      const { attacker, team, heard } = world;
      heard.length = 0;
      await attacker.send("EVENT", team.nodeID, { event: "invoice.paid", data: {}, broadcast: true });
      return happens(world, () => heard.includes("invoice.paid"));
    },
  },
  {
    name: "emits an internal event",
    works: async (world) => {
      const { attacker, team, heard } = world;
      heard.length = 0;
      await attacker.send("EVENT", team.nodeID, { event: "$services.stolen", data: {}, broadcast: true });
      return happens(world, () => heard.includes("$services.stolen"));
    },
  },
  {
    name: "answers for another node under its own name",
    works: (world) => answersForTeam(world, () => ({})),
  },
  {
    name: "changes its caller's meta by an answer",
    works: async (world) => {
      const { attacker, team } = world;
      const { id, answer } = await isAsked(world);
      await attacker.send("RES", team.nodeID, { id, success: true, data: null, meta: { stolen: true } });
      return (await answer).meta.stolen === true;
    },
  },
  {
    name: "calls $node.options",
    works: async (world) => {
      const { attacker, identity } = world;
      const id = await attacker.request(identity.broker.nodeID, "$node.options", {});
      return happens(world, () => attacker.received.some(({ payload }) => payload["id"] === id));
    },
  },
  {
    name: "ends a process by an INFO of its own node id",
    works: async (world) => {
      const { attacker, invoicing, ends } = world;
      await attacker.announce([], { packet: invoicing.broker.nodeID });
      return happens(world, ends);
    },
  },
];

/** All attacks. With the bus open and no checks, each of them works. */
export const attacks: Attack[] = [
  ...underAnotherName("the subject", (nodeId) => ({ subject: nodeId })),
  ...underAnotherName("the packet", (nodeId) => ({ packet: nodeId })),
  ...underItsOwnName,
  overhears("MOL-billing.REQ.identity.*.*.*"),
  overhears("MOL-billing.REQ.identity.*.*.*", "identity"),
  overhears("MOL-billing.*.*.*.*.*"),
  overhears("MOL-billing.>"),
  overhears(">"),
];
