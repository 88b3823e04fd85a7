import type { ParamsOf, Producer } from "../../shared/contracts";
import { contracts, eventContract } from "../../shared/contracts";
import { SERVICE_NAMES } from "../../shared/config/config";
import { startSystem, type System } from "../support/system";

// What does not compile is shown by contracts.types.ts, which the type check reads.

describe("contracts at run time", () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ services: ["catalog"] });
  });
  afterAll(() => system.stop());

  const refused = async (params: object) => {
    const call = system.call("catalog.getPlan", params as ParamsOf<"catalog.getPlan">);
    return call.then(
      () => "not refused",
      (error: { code: number; data: { errors: object[] } }) => [error.code, error.data.errors],
    );
  };

  it.each([
    [{}, [{ field: "plan", message: expect.any(String) }]],
    [{ plan: 1 }, [{ field: "plan", message: expect.any(String) }]],
    [
      { plan: "pro", colour: "red", price: 1 },
      ["colour", "price"].map((field) => ({ field, message: "is not a known field" })),
    ],
  ])("an action refuses the params %j, naming each field", async (params, errors) => {
    expect(await refused(params)).toEqual([400, errors]);
  });

  it.each([
    ["a deadlock that outlasts the retries", "40P01"],
    ["a serialization failure that outlasts the retries", "40001"],
    ["the timeout of a lock", "55P03"],
    ["the timeout of a statement", "57014"],
  ])("an action answers 503 after %s, and logs it with the request's id", async (_what, sqlstate) => {
    const db = system.db("catalog");
    await db.raw(`
      CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '${sqlstate}'; END $$;
      CREATE OR REPLACE TRIGGER fail BEFORE UPDATE ON plans EXECUTE FUNCTION fail()`);
    const { id } = await system.call("catalog.getPlan", { plan: "pro" });
    const log = jest.spyOn(system.broker.getLocalService("catalog").logger, "error").mockImplementation();
    await expect(system.call("catalog.archivePlan", { id })).rejects.toMatchObject({
      code: 503,
      type: "database.unavailable",
    });
    const line = { action: "catalog.archivePlan", request_id: expect.any(String) };
    expect(log.mock.calls).toEqual([[expect.objectContaining(line), "action failed"]]);
    log.mockRestore();
  });

  it("every service that keeps books has a contract of its name, and every event one producer", () => {
    expect(Object.keys(contracts)).toEqual(SERVICE_NAMES.filter((name) => name !== "gateway"));
    for (const [name, contract] of Object.entries(contracts)) {
      expect(contract.name).toBe(name);
      for (const type of Object.keys(contract.events))
        expect(eventContract(type).producer).toBe(name as Producer);
    }
    const types = Object.values(contracts).flatMap((contract) => Object.keys(contract.events));
    expect(new Set(types).size).toBe(types.length);
  });

  it("knows no other event", () => {
    expect(() => eventContract("invoice.printed")).toThrow("invoice.printed");
  });
});
