import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../../shared/db/embedded-postgres";
import { findBinaries } from "../../../shared/db/embedded-postgres/binaries";
import { withClient } from "../../../shared/db/embedded-postgres/client";
import { openDataFolder } from "../../../shared/db/embedded-postgres/data-folder";
import { takeLock } from "../../../shared/db/embedded-postgres/lock-file";
import { processIdentity } from "../../../shared/db/embedded-postgres/os-process";
import { isRoot, postgresUser } from "../../../shared/db/embedded-postgres/os-user";

import { newDataFolder } from "../../support/data-folders";

const asRoot = isRoot() ? test : test.skip;

const said: string[] = [];
const log = {
  info: (m: string) => said.push(m),
  warn: (m: string) => said.push(m),
  error: (m: string) => said.push(m),
};

const folders: string[] = [];
const newFolder = () => {
  const folder = newDataFolder();
  folders.push(folder);
  return folder;
};
const start = (dataDir: string) => startEmbeddedPostgres({ dataDir, log, durable: false });
const ask = async (url: string, sql: string) => {
  const { rows } = await withClient(url, (client) => client.query({ text: sql, rowMode: "array" }));
  return rows[0] as unknown[];
};
const postmasterPid = (dataDir: string) =>
  Number.parseInt(readFileSync(join(dataDir, "postgres/postmaster.pid"), "utf8"), 10);
const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await sleep(20);
};
const answers = (url: string) =>
  ask(url, "SELECT 1").then(
    () => true,
    () => false,
  );

/** Another process that starts Postgres and then runs some code. */
const startInProcess = async (dataDir: string, then: string) => {
  const code = `
    const { startEmbeddedPostgres } = require("./shared/db/embedded-postgres");
    const log = { info() {}, warn() {}, error() {} };
    startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, log, durable: false }).then((postgres) => {
      console.log("ready");
      ${then}
    });`;
  const child = spawn(process.execPath, ["--import", "tsx", "--eval", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), "line"),
    once(child, "exit"),
  ])) as unknown[];
  if (line !== "ready") throw new Error(`the other process ended with ${String(line)}`);
  return child;
};
const ended = async (child: ChildProcess) => {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
};

beforeEach(() => said.splice(0));
// A failed test may leave a server running. Its folder stays, so that the next run can stop it.
const unused = (folder: string) => !existsSync(join(folder, "lock"));
afterAll(() => folders.filter(unused).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

describe("an embedded Postgres", () => {
  const dataDir = newFolder();
  let postgres: EmbeddedPostgres;

  beforeEach(async () => {
    postgres = await start(dataDir);
  });
  afterEach(() => postgres.stop());

  test("has UTF-8, UTC, and its own database and superuser", async () => {
    const { pathname, hostname, username } = new URL(postgres.url);
    expect({ pathname, hostname, username }).toEqual({
      pathname: "/billing",
      hostname: "127.0.0.1",
      username: "billing_admin",
    });
    const settings =
      "current_setting('server_encoding'), current_setting('timezone'), current_setting('max_connections')";
    expect(await ask(postgres.url, `SELECT ${settings}`)).toEqual(["UTF8", "UTC", "200"]);
  });

  test("listens on loopback only, with a password, and its files are private", async () => {
    const settings = ["listen_addresses", "unix_socket_directories", "password_encryption"]
      .map((name) => `current_setting('${name}')`)
      .join(", ");
    expect(await ask(postgres.url, `SELECT ${settings}`)).toEqual(["127.0.0.1", "", "scram-sha-256"]);
    const wrong = Object.assign(new URL(postgres.url), { password: "guess" }).href;
    await expect(ask(wrong, "SELECT 1")).rejects.toMatchObject({ code: "28P01" });
    expect(readFileSync(join(dataDir, "database-url"), "utf8")).toBe(`${postgres.url}\n`);
    const modes = ["database-url", "postgres.log", "postgres"].map(
      (name) => statSync(join(dataDir, name)).mode & 0o777,
    );
    expect(modes).toEqual([0o600, 0o600, 0o700]);
  });

  test("keeps its data, password and port after a restart", async () => {
    await ask(postgres.url, "CREATE TABLE kept AS SELECT 42 AS answer");
    const { url } = postgres;
    await postgres.stop();
    expect(existsSync(join(dataDir, "postgres/postmaster.pid"))).toBe(false);
    postgres = await start(dataDir);
    expect(postgres.url).toBe(url);
    expect(await ask(url, "SELECT answer FROM kept")).toEqual([42]);
  });

  test("uses another port when its own is taken", async () => {
    const { port } = new URL(postgres.url);
    await postgres.stop();
    const other = createServer().listen(Number(port), "127.0.0.1");
    await once(other, "listening");
    postgres = await start(dataDir);
    other.close();
    expect(new URL(postgres.url).port).not.toBe(port);
    expect(readFileSync(join(dataDir, "database-url"), "utf8").trim()).toBe(postgres.url);
    expect(await answers(postgres.url)).toBe(true);
  });

  test("stops once, even when stop is called several times, and ends open sessions", async () => {
    const session = ask(postgres.url, "SELECT pg_sleep(60)").catch((error: unknown) => error);
    await until(
      async () =>
        (await ask(postgres.url, "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'")) !== undefined,
    );
    await Promise.all([postgres.stop(), postgres.stop()]);
    await postgres.stop();
    expect(await session).toMatchObject({ code: "57P01" });
    expect(await answers(postgres.url)).toBe(false);
  });

  test("is restarted at the same address when it is killed", async () => {
    const killed = postmasterPid(dataDir);
    process.kill(killed, "SIGKILL");
    await until(() => processIdentity(killed) === undefined);
    await until(() => answers(postgres.url));
    expect(postmasterPid(dataDir)).not.toBe(killed);
    expect(said).toContain(`Postgres (process ${killed}) ended unexpectedly; restarting it`);
  });

  test("gets a new password and keeps its data when the file with the password is unreadable", async () => {
    await ask(postgres.url, "CREATE TABLE precious AS SELECT 7 AS n");
    const { url } = postgres;
    await postgres.stop();
    writeFileSync(join(dataDir, "database-url"), "unreadable");
    postgres = await start(dataDir);
    expect(new URL(postgres.url).password).not.toBe(new URL(url).password);
    expect(await ask(postgres.url, "SELECT n FROM precious")).toEqual([7]);
  });

  test("starts although another program now has the process id in postmaster.pid", async () => {
    await postgres.stop();
    const owner = postgresUser(join(dataDir, "postgres"));
    const program = spawn("sleep", ["60"], { ...owner, stdio: "ignore" });
    const pidFile = join(dataDir, "postgres/postmaster.pid");
    writeFileSync(pidFile, `${program.pid}\n${join(dataDir, "postgres")}\n1\n5432\n\n127.0.0.1\n`);
    if (owner) chownSync(pidFile, owner.uid, owner.gid);
    postgres = await start(dataDir);
    expect(await answers(postgres.url)).toBe(true);
    expect(program.exitCode).toBeNull();
    program.kill();
  });
});

describe("two processes with one data folder", () => {
  const dataDir = newFolder();

  test("the second is refused while the first is running, and does not disturb it", async () => {
    const first = await startInProcess(
      dataDir,
      `setInterval(() => {}, 1000);
       process.once("SIGTERM", () => postgres.stop().then(() => process.exit()));`,
    );
    await expect(start(dataDir)).rejects.toThrow(`is in use by process ${first.pid}; stop that one`);
    expect(await answers(readFileSync(join(dataDir, "database-url"), "utf8").trim())).toBe(true);
    first.kill();
    await ended(first);
    expect(existsSync(join(dataDir, "lock"))).toBe(false);
  });

  test("a server that a killed process left running is taken over, and stopped at the end", async () => {
    const killed = await startInProcess(dataDir, "process.kill(process.pid, 'SIGKILL')");
    await ended(killed);
    const pid = postmasterPid(dataDir);
    const postgres = await start(dataDir);
    expect(postmasterPid(dataDir)).toBe(pid);
    expect(await answers(postgres.url)).toBe(true);
    await postgres.stop();
    expect(processIdentity(pid)).toBeUndefined();
  });

  test("after a crash of both the process and Postgres, committed data is recovered", async () => {
    const first = await startInProcess(dataDir, "setInterval(() => {}, 1000)");
    const url = readFileSync(join(dataDir, "database-url"), "utf8").trim();
    await ask(url, "CREATE TABLE committed AS SELECT 1 AS n");
    process.kill(first.pid!, "SIGKILL");
    process.kill(postmasterPid(dataDir), "SIGKILL");
    await ended(first);
    const postgres = await start(dataDir);
    expect(await ask(postgres.url, "SELECT n FROM committed")).toEqual([1]);
    await postgres.stop();
  });

  test("a process that exits without stopping its Postgres stops it all the same", async () => {
    const child = await startInProcess(dataDir, "setImmediate(() => process.exit(1))");
    await ended(child);
    await until(() => !existsSync(join(dataDir, "postgres/postmaster.pid")));
    expect(existsSync(join(dataDir, "lock"))).toBe(false);
  });

  test("a stale lock is taken over, by one process only", async () => {
    const lock = join(newFolder(), "lock");
    writeFileSync(lock, `${process.pid}\nthe start of a process that had this id before\n`);
    const unlock = takeLock(lock);
    expect(() => takeLock(lock)).toThrow(/in use by process/);
    unlock();
    expect(readdirSync(dirname(lock))).toEqual([]);
  });
});

describe("when root starts it", () => {
  const nobody = () => ({ uid: 65534, gid: 65534 });
  /** A folder that only root can enter, such as /root. */
  const closedFolder = () => {
    const folder = newFolder();
    chmodSync(folder, 0o700);
    writeFileSync(join(folder, "something"), "");
    return folder;
  };

  asRoot("Postgres runs as another user", async () => {
    const dataDir = newFolder();
    const postgres = await start(dataDir);
    expect(statSync(`/proc/${postmasterPid(dataDir)}`).uid).not.toBe(0);
    await postgres.stop();
  });

  asRoot("Postgres runs as the owner of the data folder, who can start it without root later", async () => {
    const dataDir = newFolder();
    chownSync(dataDir, 1, 1);
    const postgres = await start(dataDir);
    await postgres.stop();
    const owners = readdirSync(dataDir).map((name) => statSync(join(dataDir, name)).uid);
    expect(owners).toEqual([1, 1, 1]);
  });

  asRoot("data below a folder that only root can enter goes to /var/lib, with a link to it", async () => {
    const dataDir = join(closedFolder(), "data");
    const systemFolder = newFolder();
    const place = openDataFolder(dataDir, log, systemFolder);
    expect(realpathSync(join(dataDir, "postgres"))).toBe(place.pgdata);
    expect(dirname(dirname(place.pgdata))).toBe(systemFolder);
    expect(said.join()).toMatch(/cannot enter .* data is in /);
    expect(openDataFolder(dataDir, log, systemFolder)).toEqual(place);
    expect(statSync(dirname(dataDir)).mode & 0o777).toBe(0o700);
  });

  asRoot("a link to missing data is an error, not a new empty database", () => {
    const dataDir = join(closedFolder(), "data");
    const { pgdata } = openDataFolder(dataDir, log, newFolder());
    rmSync(pgdata, { recursive: true });
    expect(() => openDataFolder(dataDir, log)).toThrow(`points to ${pgdata}, but there is no data`);
  });

  asRoot("programs below a folder that only root can enter run from a copy", () => {
    const native = join(
      require.resolve("embedded-postgres"),
      `../../../@embedded-postgres/${process.platform}-${process.arch}/native`,
    );
    const installed = join(closedFolder(), "native");
    cpSync(native, installed, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() });
    writeFileSync(join(dirname(installed), "package.json"), '{ "version": "0.0.0" }');
    const copyTo = newFolder();
    chmodSync(copyTo, 0o755);
    const { initdb, postgres } = findBinaries(nobody(), copyTo, log, installed);
    for (const program of [initdb, postgres]) {
      const { status, stderr } = spawnSync(program, ["--version"], {
        ...nobody(),
        cwd: "/",
        encoding: "utf8",
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    }
    expect(findBinaries(nobody(), copyTo, log, installed)).toEqual({ initdb, postgres });
    expect(readdirSync(copyTo)).toEqual(["postgres-0.0.0"]);
  });
});
