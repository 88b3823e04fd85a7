import { contracts, PRODUCERS } from "../../shared/contracts";
import { startSystem, type System } from "../support/system";

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

describe("a feed", () => {
  test.each(PRODUCERS)("of %s is open to the services that consume it", (name) => {
    const consumers = system.broker.registry.events.getGroups(`doorbell.${name}`);
    expect(consumers.filter((consumer) => consumer !== "gateway").sort()).toEqual(
      [...contracts[name].feedReaders].sort(),
    );
  });
});
