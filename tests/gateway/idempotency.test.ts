import { resources } from "../../gateway/routes";
import { actionContract, contracts } from "../../shared/contracts";
import type { ActionContract } from "../../shared/contracts/contract";
import { loadConfig } from "../../shared/config/config";

const routes = resources(loadConfig({})).flatMap((resource) => resource.routes);

/** Answers with a secret, changes nothing when repeated, or has a way of its own. */
const WITHOUT_KEY = [
  "createApiKey",
  "rotateApiKey",
  "signIn",
  "refreshToken",
  "signOut",
  "startTotp",
  "confirmTotp",
  "receiveStripeEvent",
];

it("every POST takes an Idempotency-Key, but for those that cannot", () => {
  const without = routes.filter(({ method, idempotent }) => method === "post" && idempotent === undefined);
  expect(without.map(({ operation }) => operation).sort()).toEqual(WITHOUT_KEY.sort());
});

it("the actions that routes name take a key, and all that take one are named", () => {
  const named = new Set(routes.flatMap(({ idempotent = [] }) => idempotent));
  const taking = Object.values(contracts).flatMap((contract) =>
    Object.entries<ActionContract>(contract.actions)
      .filter(([, { idempotency }]) => idempotency !== undefined)
      .map(([name]) => `${contract.name}.${name}`),
  );
  expect([...named].sort()).toEqual(taking.sort());
  for (const name of named) expect(actionContract(name)).toBeDefined();
});
