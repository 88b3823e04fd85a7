import { hashPassword, verifyPassword } from "../../../services/identity/passwords";

jest.unmock("@node-rs/argon2");

test("a hash has the cost that OWASP's Password Storage Cheat Sheet names for argon2id", async () => {
  const hash = await hashPassword("correct horse battery");
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await verifyPassword(hash, "correct horse battery")).toBe(true);
  expect(await verifyPassword(hash, "correct horse batterz")).toBe(false);
});
