import { SERVICE_NAMES } from "../../shared/config/config";
import { busName, CONSOLE, LISTENER, nodeIdOf, senderOf } from "../../shared/service/bus-name";

test("a process is named after its services, in their order", () => {
  expect(busName(["invoicing"])).toBe("invoicing");
  expect(busName(["cron", "catalog"])).toBe("catalog-cron");
});

test("a node id is two tokens of a subject, and no two are equal", () => {
  const ids = [nodeIdOf("catalog-cron"), nodeIdOf("catalog-cron")];
  for (const id of ids) expect(id).toMatch(/^catalog-cron\.[A-Za-z0-9_-]+$/);
  expect(new Set(ids).size).toBe(2);
});

test.each([["invoicing"], ["cron", "catalog"], [...SERVICE_NAMES]] as const)(
  "a node id tells which services its node may run: %s",
  (...services) => {
    const name = busName(services);
    expect(senderOf(nodeIdOf(name))).toEqual({ name, services: expect.arrayContaining([...services]) });
    expect(senderOf(nodeIdOf(name)).services).toHaveLength(services.length);
  },
);

test.each([CONSOLE, LISTENER, "cron-catalog", "catalog-catalog", "catalog-", "observer-7", ""])(
  "no service runs under the name %j",
  (name) => {
    expect(senderOf(`${name}.host-1`)).toEqual({ name, services: [] });
    expect(senderOf(name)).toEqual({ name, services: [] });
  },
);
