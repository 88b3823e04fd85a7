import { mkdtempSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { SERVICE_NAMES } from "../../shared/config/config";
import { makeSecrets } from "../../shared/process/secrets";
import { startProgram } from "../support/processes";

const ROOT = path.resolve(__dirname, "../..");

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "secrets-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(...groups: string[]): Promise<{ status: number | null; output: string }> {
  const file = path.join(ROOT, "shared/process/secrets-main.ts");
  const loader = path.join(ROOT, "node_modules/tsx/dist/loader.mjs");
  const command = [process.execPath, "--import", loader, file, ...groups].join(" ");
  const program = startProgram("sh", ["-c", `cd ${folder} && exec ${command}`]);
  const { status } = await program.ended;
  return { status, output: program.output() };
}

const read = (file: string) => readFileSync(path.join(folder, file), "utf8");

test("the files are for their owner alone, and nothing is overwritten", async () => {
  expect(await run()).toMatchObject({ status: 0 });
  for (const [file, other] of [
    [".env", "nats.conf"],
    ["nats.conf", ".env"],
  ] as const) {
    expect(statSync(path.join(folder, file)).mode & 0o777).toBe(0o600);
    const before = read(file);
    renameSync(path.join(folder, other), path.join(folder, "moved"));
    expect(await run()).toEqual({
      status: 1,
      output: expect.stringContaining(`${file} is there already`),
    });
    expect(read(file)).toBe(before);
    renameSync(path.join(folder, "moved"), path.join(folder, other));
  }
});

test("processes with several services get users of their own; an unknown service is refused", async () => {
  expect(await run("cron,catalog", "gateway")).toMatchObject({ status: 0 });
  expect(read(".env")).toMatch(/^NATS_PASSWORD_CATALOG_CRON=[0-9a-f]{64}$/m);
  expect(read("nats.conf")).toContain('user: "catalog-cron"');
  expect(read("nats.conf")).not.toContain('user: "invoicing"');
  rmSync(path.join(folder, ".env"));
  rmSync(path.join(folder, "nats.conf"));
  expect(await run("cronn")).toEqual({ status: 1, output: expect.stringContaining("no service cronn") });
});

test("with --sandbox, the keys are those of the sandbox, and it says that no money moves", async () => {
  expect(await run("--sandbox")).toEqual({ status: 0, output: expect.stringContaining("no money moves") });
  expect(read(".env")).toMatch(/^STRIPE_SECRET_KEY=sk_test_[0-9a-f]{64}$/m);
  expect(read(".env")).toMatch(/^COMPOSE_PROFILES=sandbox$/m);
  expect((await run("--sandbx")).status).toBe(1);
});

test("every password is another one, at every run", () => {
  const passwords = [makeSecrets(SERVICE_NAMES), makeSecrets(SERVICE_NAMES)].flatMap(({ env }) =>
    [...env.matchAll(/=([0-9a-f]+)$/gm)].map(([, password]) => password),
  );
  expect(passwords.length).toBeGreaterThan(2 * SERVICE_NAMES.length);
  expect(new Set(passwords).size).toBe(passwords.length);
});
