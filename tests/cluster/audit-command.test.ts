import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../shared/config/config";
import { openEmbeddedPostgres } from "../../shared/db/embedded-postgres";
import { openDatabase } from "../../shared/db/open-database";
import { serviceUrls } from "../../shared/db/service-url";
import { createObserver } from "../../shared/process/create-broker";
import { callAs } from "../../shared/service/call";
import { OPERATOR } from "../../shared/service/caller";
import { newDataFolder } from "../support/data-folders";
import {
  freePorts,
  isAlive,
  type ServiceProcess,
  startProgram,
  startServiceProcess,
} from "../support/processes";
import { eventually } from "../support/system";

const dataDir = newDataFolder();
const stoppedDir = newDataFolder();
let system: ServiceProcess | undefined;

afterAll(async () => {
  await system?.kill();
  for (const folder of [dataDir, stoppedDir]) rmSync(folder, { recursive: true, force: true });
});

async function startOn(folder: string): Promise<ServiceProcess> {
  const [port = 0] = await freePorts(1);
  system = await startServiceProcess({ DATA_DIR: folder, PORT: String(port) });
  await system.ready();
  return system;
}

/** Calls services of a stopped system, as if it had been killed before its workers could follow. */
async function callStopped(folder: string, work: (call: ReturnType<typeof callAs>) => Promise<unknown>) {
  const log = { info: jest.fn(), warn: jest.fn(), error: jest.fn() };
  const postgres = await openEmbeddedPostgres({ dataDir: folder, log });
  const config = loadConfig({ DATA_DIR: folder, LOG_LEVEL: "fatal" });
  const broker = createObserver(config, serviceUrls(postgres.url));
  try {
    await broker.start();
    await work(callAs(broker, OPERATOR));
  } finally {
    await broker.stop();
    await postgres.stop();
  }
}

async function audit(
  env: Record<string, string> = { DATA_DIR: dataDir },
): Promise<{ status: number | null; output: string }> {
  const command = startProgram(process.execPath, ["--import", "tsx", "shared/console/audit-main.ts"], env);
  const { status } = await command.ended;
  return { status, output: command.output() };
}

const postgresPid = () => Number.parseInt(readFileSync(join(dataDir, "postgres/postmaster.pid"), "utf8"), 10);

async function insertDeadLetter(folder = dataDir): Promise<void> {
  const admin = openDatabase({
    url: readFileSync(join(folder, "database-url"), "utf8").trim(),
    schema: "cron",
  });
  await admin.raw(
    `INSERT INTO dead_letters (id, producer, type, subject_id, payload, occurred_at, error, attempts)
     VALUES ('0198c0de-0000-7000-8000-000000000001', 'invoicing', 'invoice.issued', 'x', '{}', now(),
             'test', 5)`,
  );
  await admin.destroy();
}

test("the exit status says whether the books are correct, also while the system is running", async () => {
  expect(await audit()).toMatchObject({ status: 2, output: expect.stringContaining("was never started") });

  system = await startOn(dataDir);
  expect(await audit()).toMatchObject({
    status: 0,
    output: expect.stringContaining("The books are in order"),
  });
  await insertDeadLetter();
  const broken = await audit();
  expect(broken).toMatchObject({ status: 1, output: expect.stringContaining("cron.dead_letters") });
  expect(broken.output).toContain("0198c0de-0000-7000-8000-000000000001");
  expect(isAlive(system.pid)).toBe(true);

  system.signal("SIGTERM");
  await system.ended;
  expect((await audit()).status).toBe(1);
  expect(() => postgresPid()).toThrow("ENOENT");
}, 90_000);

test("what a stopped system left to do waits, and is no finding; what is wrong still is one", async () => {
  system = await startOn(stoppedDir);
  // The day's first run has ended, so whatever is due today ought to be billed.
  const db = openDatabase({
    url: readFileSync(join(stoppedDir, "database-url"), "utf8").trim(),
    schema: "invoicing",
  });
  const ended = { kind: "generate_invoices", status: "done" };
  await eventually(async () => db("billing_runs").where(ended).first<object | undefined>("id"));
  await db.destroy();
  system.signal("SIGTERM");
  await system.ended;

  let customer = "";
  await callStopped(stoppedDir, async (call) => {
    ({ id: customer } = await call("identity.createCustomer", { name: "Ada Ltd" }));
    await call("subscriptions.createSubscription", { plan: "Basic", customer });
    await call("identity.closeCustomer", { customer });
  });
  const env = { DATA_DIR: stoppedDir };
  const waiting = await audit(env);
  expect(waiting).toMatchObject({ status: 3, output: expect.stringContaining("Nothing is wrong") });
  expect(waiting.output).toMatch(/^invoicing.due_periods_billed +1 +not yet true: everything that was due/m);
  expect(waiting.output).toMatch(/^subscriptions.closed_customers_end +1 +not yet true: no closed customer/m);
  expect(waiting.output).toContain("2 wait for a running system: start it, then audit again");

  await callStopped(stoppedDir, async () => insertDeadLetter(stoppedDir));
  const wrong = await audit(env);
  expect(wrong).toMatchObject({ status: 1, output: expect.stringContaining("Findings: 1 (") });
  expect(wrong.output).toContain("2 wait for a running system");

  system = await startOn(stoppedDir);
  const running = await eventually(async () => {
    const said = await audit(env);
    return said.output.includes("Findings: 1 (") ? said : undefined;
  }, 30_000);
  expect(running).toMatchObject({ status: 1, output: expect.stringContaining("cron.dead_letters") });
  expect(running.output).not.toMatch(/due_periods_billed|closed_customers_end|wait for/);
}, 90_000);

test("the exit status is 2 when the audit cannot run", async () => {
  const [port = 0] = await freePorts(1);
  expect(await audit({ DATABASE_URL: `postgres://nobody:secret@127.0.0.1:${port}/none` })).toMatchObject({
    status: 2,
  });
  expect(await audit({ DATABASE_URL: "nonsense" })).toMatchObject({
    status: 2,
    output: expect.stringContaining("DATABASE_URL"),
  });
}, 30_000);
