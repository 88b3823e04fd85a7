import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArchiveWriter } from "../../shared/process/backup/write-archive";
import { freePorts, startProgram, type TestProcess } from "../support/processes";
import { RestClient } from "../support/http";
import { eventually } from "../support/system";

const PASSWORD = "a long enough secret";
const STAFF = { STAFF_USERNAME: "boss", STAFF_EMAIL: "boss@example.com", STAFF_PASSWORD: PASSWORD };

const folder = mkdtempSync(join(tmpdir(), "one-process-backup-"));
// Postgres, which does not run as root, must come in.
chmodSync(folder, 0o711);
const backup = join(folder, "billing.backup");
const [before, after] = [join(folder, "before"), join(folder, "after")];
let system: TestProcess | undefined;
let port: number;

beforeAll(async () => {
  [port = 0] = await freePorts(1);
});
afterEach(async () => {
  system?.signalGroup("SIGKILL");
  await system?.ended;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the system. @returns a client that is signed in as staff */
async function start(dataDir: string): Promise<RestClient> {
  system = startProgram("npm", ["start"], {
    ...STAFF,
    DATA_DIR: dataDir,
    PORT: String(port),
    METRICS_PORT: "0",
    TEST_CLOCK: "true",
  });
  await system.says("Ready.");
  return new RestClient(`http://127.0.0.1:${port}`).signIn("boss", PASSWORD);
}

/** Runs an npm script on a data folder. */
async function run(script: string, dataDir: string, ...args: string[]) {
  const program = startProgram("npm", ["run", "-s", script, "--", ...args], { DATA_DIR: dataDir });
  const { status } = await program.ended;
  return { status, said: program.output().trimEnd().split("\n").at(-1) };
}

/** Makes a customer with a subscription. */
async function subscribe(staff: RestClient, name: string): Promise<void> {
  const customer = { name, email: `${name}@example.com` };
  expect((await staff.put(`/api/customers/by-external-id/${name}/`, customer)).status).toBe(201);
  const subscription = { plan: "Pro", customer: `external_id:${name}` };
  expect((await staff.post("/api/subscriptions/", subscription)).status).toBe(201);
}

/** All invoices, by the names of their customers. */
async function invoicesOf(staff: RestClient): Promise<Map<string, string[]>> {
  const customers = (await staff.get("/api/customers/?limit=200")).body as { id: string; name: string }[];
  const names = new Map(customers.map(({ id, name }) => [id, name]));
  const invoices = (await staff.get("/api/invoices/?limit=200")).body as {
    customer: string;
    number: string;
  }[];
  const found = new Map<string, string[]>();
  for (const { customer, number } of invoices) {
    const name = names.get(customer) ?? "";
    found.set(name, [...(found.get(name) ?? []), number]);
  }
  return found;
}

test("a backup under load restores to clean books: nothing is lost, billed twice or sent twice", async () => {
  const staff = await start(before);
  for (const name of ["ann", "ben", "cem"]) await subscribe(staff, name);
  // What an editor leaves is a part of the backup like everything else.
  writeFileSync(join(before, "postgres", "postgresql.conf #1~"), "", { mode: 0o666 });
  await eventually(() => ((system?.output().match(/^Mail to /gm)?.length ?? 0) >= 3 ? true : undefined));

  const began = Date.now();
  const backingUp = run("backup", before, backup);
  const over = backingUp.then(() => true);
  for (let n = 0; !(await Promise.race([over, subscribe(staff, `late${n}`)])); n++);
  expect(await backingUp).toEqual({
    status: 0,
    said: expect.stringMatching(/^Backed up \d+\.\d MB into billing.backup\.$/),
  });
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  system?.signalGroup("SIGKILL");
  await system?.ended;

  const { status, said } = await run("restore", after, backup);
  expect(status).toBe(0);
  const [, asOf = ""] = /as of (\S+), from version/.exec(said ?? "") ?? [];
  expect(Date.parse(asOf)).toBeGreaterThan(began);
  const again = await start(after);
  const restored = await invoicesOf(again);
  for (const name of ["ann", "ben", "cem"]) expect(restored.get(name)).toHaveLength(1);
  expect((await again.post("/api/test-clock/", { advance: "P1M" })).status).toBe(200);
  const billed = await invoicesOf(again);
  for (const [name, numbers] of restored)
    expect([name, billed.get(name)?.length]).toEqual([name, numbers.length + 1]);
  // Reminders name it too; the mail that brought it came before the backup.
  expect(system?.output()).not.toMatch(new RegExp(`^Your invoice ${restored.get("ann")?.[0]}:`, "m"));
  expect(await run("audit", after)).toMatchObject({
    status: 0,
    said: expect.stringContaining("no findings"),
  });
}, 120_000);

test("a backup overwrites no file, and a restore no data", async () => {
  const known = readFileSync(backup);
  expect(await run("backup", after, backup)).toEqual({
    status: 1,
    said: `No backup was made: ${backup} exists; a backup overwrites nothing`,
  });
  expect(readFileSync(backup).equals(known)).toBe(true);
  const { status, said } = await run("restore", after, backup);
  expect(status).toBe(1);
  expect(said).toMatch(/^Nothing was restored: .*after\/postgres holds data; move it away/);

  const other = join(folder, "other");
  mkdirSync(other, { mode: 0o711 });
  writeFileSync(join(other, "stripe-sandbox-state.json"), "{}");
  expect(await run("restore", other, backup)).toMatchObject({
    status: 1,
    said: expect.stringMatching(/other\/stripe-sandbox-state.json holds data; move it away/),
  });
  expect(readdirSync(other)).not.toContain("postgres");
});

test("what a restore that was broken off had put there is not mixed with another backup", async () => {
  const target = join(folder, "mixed");
  mkdirSync(join(target, "postgres.restoring"), { recursive: true, mode: 0o711 });
  writeFileSync(join(target, "stripe-sandbox-state.json"), "{}");
  const without = join(folder, "without-sandbox.backup");
  const writer = new ArchiveWriter(without);
  await writer.addFolder("postgres");
  await writer.addText("postgres/PG_VERSION", "18");
  const now = new Date().toISOString();
  await writer.finish({ postgres: "18", began_at: now, ended_at: now });
  expect(await run("restore", target, without)).toMatchObject({ status: 0 });
  expect(readdirSync(target)).not.toContain("stripe-sandbox-state.json");
});

test("a backup that ends when a file has its name leaves that file", async () => {
  const file = join(folder, "meanwhile.backup");
  const archive = new ArchiveWriter(file);
  await archive.addText("a", "text");
  writeFileSync(file, "of somebody else");
  const about = { postgres: "18", began_at: new Date().toISOString() };
  await expect(archive.finish(about)).rejects.toThrow("meanwhile.backup exists");
  await archive.abandon();
  expect(readFileSync(file, "utf8")).toBe("of somebody else");
});

test.each<[string, (bytes: Buffer) => Buffer]>([
  ["cut off", (bytes) => bytes.subarray(0, bytes.length - 1_000)],
  ["changed in one byte", (bytes) => bytes.fill((bytes.at(70_000) ?? 0) ^ 1, 70_000, 70_001)],
  ["another file", () => Buffer.from("not a backup")],
])("a backup that is %s is refused, and nothing is restored", async (name, damage) => {
  const damaged = join(folder, `${name}.backup`);
  writeFileSync(damaged, damage(readFileSync(backup)));
  const target = join(folder, name);
  const { status, said } = await run("restore", target, damaged);
  expect(status).toBe(1);
  expect(said).toMatch(/^Nothing was restored: .* is no complete backup: /);
  expect(readdirSync(target)).toEqual([]);
});

test("a backup that is stopped has failed, and leaves no file", async () => {
  const file = join(folder, "stopped.backup");
  const program = startProgram("npm", ["run", "-s", "backup", "--", file], { DATA_DIR: after });
  await eventually(() => readdirSync(folder).find((name) => name.startsWith("stopped.backup.unfinished")));
  program.signalGroup("SIGTERM");
  expect((await program.ended).status).not.toBe(0);
  expect(readdirSync(folder).filter((name) => name.startsWith("stopped"))).toEqual([]);
});

test("an option is no name of a backup", async () => {
  expect(await run("backup", after, "--help")).toMatchObject({
    status: 1,
    said: "No backup was made: usage: npm run backup FILE",
  });
});

test("a backup that is killed leaves no backup", async () => {
  const file = join(folder, "killed.backup");
  const program = startProgram("npm", ["run", "-s", "backup", "--", file], { DATA_DIR: after });
  await eventually(() => readdirSync(folder).find((name) => name.startsWith("killed.backup.unfinished")));
  program.signalGroup("SIGKILL");
  await program.ended;
  expect(existsSync(file)).toBe(false);
  expect((await run("audit", after)).status).toBe(0);
});

test("a backup of another version of Postgres is refused", async () => {
  const other = join(folder, "other-postgres.backup");
  const writer = new ArchiveWriter(other);
  await writer.addText("postgres/PG_VERSION", "17");
  await writer.finish({ postgres: "17", began_at: "2026-01-01T00:00:00Z" });
  const { status, said } = await run("restore", join(folder, "target"), other);
  expect(status).toBe(1);
  expect(said).toMatch(/holds data of Postgres 17, and this is Postgres 18$/);
});

test("after a restore that was killed, the system does not start until it is repeated", async () => {
  const target = join(folder, "killed");
  const restoring = startProgram("npm", ["run", "-s", "restore", "--", backup], { DATA_DIR: target });
  await eventually(() => (existsSync(join(target, "postgres.restoring/postgres")) ? true : undefined));
  restoring.signalGroup("SIGKILL");
  await restoring.ended;
  const refused = startProgram("npm", ["start"], { DATA_DIR: target, PORT: "0", METRICS_PORT: "0" });
  expect((await refused.ended).status).toBe(1);
  expect(refused.output()).toContain("was broken off: repeat it, or delete");
  expect((await run("restore", target, backup)).status).toBe(0);
  expect(readFileSync(join(target, "postgres/PG_VERSION"), "utf8").trim()).toBe("18");
});
