import type * as argon2 from "@node-rs/argon2";

/** A hash of the product's cost takes 65 ms of a processor; the tests make more than a thousand. */
const CHEAP = { memoryCost: 1_024, timeCost: 1 };

jest.mock("@node-rs/argon2", () => {
  const real = jest.requireActual<typeof argon2>("@node-rs/argon2");
  const hash = (password: string, cost: argon2.Options) => real.hash(password, { ...cost, ...CHEAP });
  return { ...real, hash };
});
