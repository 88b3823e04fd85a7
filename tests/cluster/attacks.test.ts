import { START } from "../../shared/events/positions";
import { asService } from "../../shared/service/caller";
import { describeWithNats, startNats, type NatsServer } from "../support/nats";
import { eventually } from "../support/system";
import { offer } from "./attacker";
import { attacks, startWorld, type World } from "./attacks";

jest.setTimeout(60_000);

/** attacks-controls.test.ts shows that each of these attacks works where nothing prevents it. */
describeWithNats("with the credentials of notifications alone", () => {
  let nats: NatsServer;
  let world: World;

  beforeAll(async () => {
    nats = await startNats();
    world = await startWorld(nats, 150);
  });
  afterAll(async () => {
    await world.stop();
    await nats.stop();
  });
  afterEach(() => void (world.attacker.received.length = 0));

  const refused = async ({ broker }: World["gateway"]) =>
    (await broker.runtime.metrics.refused.get()).values.filter(({ value }) => value > 0);

  const refusedByNats = (subject: string) =>
    eventually(() => world.attacker.violations.includes(subject) || undefined);

  it("nothing of our own services is refused", async () => {
    await world.gateway.broker.ping();
    for (const each of [world.identity, world.invoicing, world.gateway])
      expect(await refused(each)).toEqual([]);
  });

  it("reads the feeds that notifications reads", async () => {
    const { attacker, invoicing } = world;
    const meta = { caller: asService("notifications") };
    const answer = await attacker.call(invoicing.broker.nodeID, "invoicing.events", { after: START }, meta);
    expect(answer).toMatchObject({ success: true, data: { events: [], at_head: true } });
  });

  it("offers the actions of notifications, and answers calls of them", async () => {
    const { attacker, gateway } = world;
    await attacker.announce([offer("notifications", "notifications.listDeliveries")]);
    const { registry } = gateway.broker;
    const isOffered = () =>
      registry.getActionEndpointByNodeId("notifications.listDeliveries", attacker.nodeId) ?? undefined;
    await eventually(isOffered);
    const answer = gateway.broker.call("notifications.listDeliveries", {});
    const { payload } = await eventually(() => attacker.received.find(({ command }) => command === "REQ"));
    const meta = { caller: { kind: "operator" } };
    await attacker.send("RES", gateway.broker.nodeID, { id: payload["id"], success: true, data: 7, meta });
    expect(await answer).toBe(7);
  });

  it("emits the events of notifications", async () => {
    const { attacker, team, heard } = world;
    heard.length = 0;
    await attacker.send("EVENT", team.nodeID, { event: "reminders.planned", data: {}, broadcast: true });
    expect(await eventually(() => heard[0])).toBe("reminders.planned");
  });

  it.each(attacks)("no: $name", async ({ works }) => expect(await works(world)).toBe(false));

  it.each([
    ["of an unknown kind", { caller: { kind: "nonsense" } }],
    ["with another service's name", { caller: asService("gateway") }],
    ["that is not there", {}],
  ])("no: calls with a caller %s", async (_, meta) => {
    const { attacker, identity } = world;
    const params = {
      username: "eve",
      email: "eve@example.com",
      password: "let me in please",
      is_staff: true,
    };
    for (const [action, given] of [
      ["identity.createUser", params],
      ["identity.publicKeys", {}],
      ["identity.events", { after: START }],
    ] as const) {
      const answer = await attacker.call(identity.broker.nodeID, action, given, meta);
      expect(answer).toMatchObject({ success: false, error: { code: expect.any(Number) } });
      expect([401, 403]).toContain((answer["error"] as { code: number }).code);
    }
  });

  it.each(["REQB.identity.createUser", "EVENTB.identity.invoice.paid", "REQ.identity", "INFO", "DISCONNECT"])(
    "no: publishes to %s",
    async (subject) => {
      const { attacker } = world;
      await attacker.publish(`MOL-billing.${subject}`, { ver: "5", sender: attacker.nodeId });
      expect(await refusedByNats(`MOL-billing.${subject}`)).toBe(true);
    },
  );

  it.each(["$SYS.>", "_INBOX.>", "MOL-billing.*.gateway.*.*.*", "MOL-billing.REQB.>", "*.*.*.*.*.*"])(
    "no: subscribes to %s",
    async (subject) => {
      const { attacker } = world;
      attacker.subscribe(subject);
      expect(await refusedByNats(subject)).toBe(true);
    },
  );
});
