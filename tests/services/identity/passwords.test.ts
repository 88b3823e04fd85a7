import { randomBytes } from "node:crypto";
import { hashPassword, randomPassword, verifyPassword } from "../../../services/identity/passwords";

jest.unmock("@node-rs/argon2");
jest.mock("node:crypto", () => ({
  ...jest.requireActual<object>("node:crypto"),
  randomBytes: jest.fn(jest.requireActual<{ randomBytes: typeof randomBytes }>("node:crypto").randomBytes),
}));

test("a hash has the cost that OWASP's Password Storage Cheat Sheet names for argon2id", async () => {
  const hash = await hashPassword("correct horse battery");
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await verifyPassword(hash, "correct horse battery")).toBe(true);
  expect(await verifyPassword(hash, "correct horse batterz")).toBe(false);
});

test("a made password does not begin with -, which a command would take for an option", () => {
  const bytes = (first: number) => Buffer.alloc(18, first) as never;
  jest.mocked(randomBytes).mockReturnValueOnce(bytes(0xfb)).mockReturnValueOnce(bytes(0));
  expect(Buffer.alloc(18, 0xfb).toString("base64url")).toMatch(/^-/);
  expect(randomPassword()).toBe("A".repeat(24));
});
