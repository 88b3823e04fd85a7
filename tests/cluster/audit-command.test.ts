import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "../../shared/db/open-database";
import { newDataFolder } from "../support/data-folders";
import {
  freePorts,
  isAlive,
  type ServiceProcess,
  startProgram,
  startServiceProcess,
} from "../support/processes";

const dataDir = newDataFolder();
let system: ServiceProcess | undefined;

afterAll(async () => {
  await system?.kill();
  rmSync(dataDir, { recursive: true, force: true });
});

async function audit(
  env: Record<string, string> = { DATA_DIR: dataDir },
): Promise<{ status: number | null; output: string }> {
  const command = startProgram(process.execPath, ["--import", "tsx", "shared/console/audit-main.ts"], env);
  const { status } = await command.ended;
  return { status, output: command.output() };
}

const postgresPid = () => Number.parseInt(readFileSync(join(dataDir, "postgres/postmaster.pid"), "utf8"), 10);

async function insertDeadLetter(): Promise<void> {
  const admin = openDatabase({
    url: readFileSync(join(dataDir, "database-url"), "utf8").trim(),
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

  const [port = 0] = await freePorts(1);
  system = await startServiceProcess({ DATA_DIR: dataDir, PORT: String(port) });
  await system.ready();
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
