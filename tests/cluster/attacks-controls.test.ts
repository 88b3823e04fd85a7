import { ServiceBroker } from "moleculer";
import { SERVICE_NAMES } from "../../shared/config/config";
import { NAMESPACE } from "../../shared/process/nats/subjects";
import { eventually } from "../support/system";
import { describeWithNats, startPlainNats, type NatsServer } from "../support/nats";
import { attacks, startWorld, type World } from "./attacks";

jest.setTimeout(60_000);

// No permissions in NATS, no checks in the transporter, and every sender's word about callers counts.
jest.mock("../../shared/process/nats/refusals", () => ({
  ...jest.requireActual<object>("../../shared/process/nats/refusals"),
  checkPacket: () => undefined,
}));
jest.mock("../../shared/service/bus-name", () => ({
  ...jest.requireActual<object>("../../shared/service/bus-name"),
  senderOf: () => ({ name: "console", services: SERVICE_NAMES }),
}));

/** Otherwise attacks.test.ts could pass because an attack is written wrongly. */
describeWithNats("where nothing prevents it", () => {
  let nats: NatsServer;
  let world: World;

  beforeAll(async () => {
    nats = await startPlainNats();
    world = await startWorld(nats, 5_000);
  });
  afterAll(async () => {
    await world.stop();
    await nats.stop();
  });

  it("a node with Moleculer's own transporter and disableBalancer obeys REQB from anybody", async () => {
    const node = new ServiceBroker({
      namespace: NAMESPACE,
      disableBalancer: true,
      logger: false,
      transporter: { type: "NATS", options: { servers: [nats.urlFor("")] } },
    });
    const answer = jest.fn();
    node.createService({ name: "obedient", actions: { answer } });
    await node.start();
    const request = { ver: "5", sender: "nobody", id: "1", params: {}, meta: {}, level: 1 };
    await eventually(async () => {
      await world.attacker.publish("MOL-billing.REQB.obedient.answer", {
        ...request,
        action: "obedient.answer",
      });
      return answer.mock.calls[0];
    });
    expect(answer).toHaveBeenCalled();
    await node.stop();
  });

  it.each(attacks)("$name", async ({ works }) => expect(await works(world)).toBe(true));
});
