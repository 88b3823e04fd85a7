import { SERVICE_NAMES } from "../../shared/config/config";
import { describeWithNats, startPlainNats, type NatsServer } from "../support/nats";
import { attacks, startWorld, type World } from "./attacks";

jest.setTimeout(60_000);

// No permissions in NATS, no checks in the transporter, and every sender's word about callers counts.
jest.mock("../../shared/process/nats/refusals", () => ({ checkPacket: () => undefined }));
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

  it.each(attacks)("$name", async ({ works }) => expect(await works(world)).toBe(true));
});
