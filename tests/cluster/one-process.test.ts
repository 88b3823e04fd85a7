import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, isAlive, startProgram, statusOf, type TestProcess } from "../support/processes";
import { eventually } from "../support/system";

const STOP_WITHIN_MS = 10_000;

// One data folder whose life the tests follow: made by the first start, crashed, found again by the next. Its
// name is not that of other tests' data: whoever sweeps up after killed test runs would take it for one of
// theirs.
const dataDir = mkdtempSync(join(tmpdir(), "one-process-"));
let env: Record<string, string>;
let api: string;
let password: string;
let current: TestProcess | undefined;

const npm = (args: string[], more: Record<string, string> = {}) =>
  (current = startProgram("npm", args, { ...env, ...more }));
const postgresPid = () => Number.parseInt(readFileSync(join(dataDir, "postgres/postmaster.pid"), "utf8"), 10);
/** What has ended may stay in the system's list of processes until somebody looks after it. */
const hasGone = (pid: number) => eventually(() => (isAlive(pid) ? undefined : true), 3_000);
const postgresIsGone = () => !existsSync(join(dataDir, "postgres/postmaster.pid"));

beforeAll(async () => {
  const [port = 0, metricsPort = 0] = await freePorts(2);
  env = { DATA_DIR: dataDir, PORT: String(port), METRICS_PORT: String(metricsPort) };
  api = `http://127.0.0.1:${port}/api`;
});

afterEach(async () => {
  current?.signalGroup("SIGKILL");
  await current?.ended;
});

afterAll(async () => {
  if (!postgresIsGone()) {
    const pid = postgresPid();
    process.kill(pid, "SIGQUIT");
    await hasGone(pid);
  }
  rmSync(dataDir, { recursive: true, force: true });
});

async function logIn(): Promise<Response> {
  return fetch(`${api}/token/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "admin", password }),
  });
}

/** Opens a request whose body is still missing when this returns; the server has seen its head. */
async function openRequest(body: string): Promise<{ finish: () => Promise<string> }> {
  const { hostname, port, pathname } = new URL(`${api}/token/`);
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
  socket.write(
    `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n` +
      "expect: 100-continue\r\n\r\n",
  );
  await eventually(() => (answer.includes("100 Continue") ? true : undefined));
  const closed = once(socket, "close");
  return {
    finish: async () => {
      socket.write(body);
      await closed;
      return answer;
    },
  };
}

async function occupy(port: number): Promise<Server> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

const close = (server: Server) => new Promise((resolve) => server.close(resolve));

test("npm start brings everything up, and Ctrl-C ends it: the request in flight is answered, no process is left", async () => {
  const system = npm(["start"]);
  await system.says("Ready.");
  const said = system.output();
  expect(said).toContain(`${api}/docs`);
  expect(said).toContain(`${api}/pay/`);
  password = /First staff account {2}admin \/ (\S+)/.exec(said)?.[1] ?? "";
  const tokens = (await (await logIn()).json()) as { access: string; refresh: string };
  expect(await statusOf(`${api}/users/`, { headers: { authorization: `Bearer ${tokens.access}` } })).toBe(
    200,
  );
  expect(await statusOf(`http://127.0.0.1:${env["METRICS_PORT"]}/ready`)).toBe(200);

  const pid = postgresPid();
  const request = await openRequest(JSON.stringify({ username: "admin", password }));
  const began = Date.now();
  system.signalGroup("SIGINT");
  await system.says("SIGINT: finishing requests in flight");
  expect(await request.finish()).toContain("200 OK");
  expect((await system.ended).status).toBe(0);
  expect(Date.now() - began).toBeLessThan(STOP_WITHIN_MS);
  await hasGone(pid);
  expect(postgresIsGone()).toBe(true);

  const log = system
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"));
  expect(log.length).toBeGreaterThan(10);
  const secrets = [password, tokens.access, tokens.refresh, tokens.access.split(".")[2] ?? ""];
  expect(log.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
}, 60_000);

test("a start on the same data follows kill -9 of the system, and SIGTERM to npm ends it", async () => {
  const crashed = npm(["start"]);
  await crashed.says("Ready.");
  process.kill(postgresPid(), "SIGKILL");
  crashed.signalGroup("SIGKILL");
  await crashed.ended;

  const system = npm(["start"]);
  await system.says("Ready.");
  expect(system.output()).not.toContain("First staff account");
  expect((await logIn()).status).toBe(200);
  const pid = postgresPid();
  const began = Date.now();
  system.signal("SIGTERM");
  await system.ended;
  expect(Date.now() - began).toBeLessThan(STOP_WITHIN_MS);
  await hasGone(pid);
}, 60_000);

test("a signal during the start ends it", async () => {
  const system = npm(["start"]);
  await eventually(() => (postgresIsGone() ? undefined : true), 20_000);
  const pid = postgresPid();
  system.signal("SIGTERM");
  await system.ended;
  expect(system.output()).not.toContain("Ready.");
  await hasGone(pid);
}, 60_000);

test("a taken port is named in one line, and Postgres is stopped again", async () => {
  const other = await occupy(Number(env["PORT"]));
  const system = npm(["start"]);
  expect((await system.ended).status).toBe(1);
  await close(other);
  expect(system.output()).toContain(`\nPort ${env["PORT"]} at 127.0.0.1 is taken by another program.\n`);
  expect(postgresIsGone()).toBe(true);
}, 60_000);

test("a taken metrics port that nobody asked for costs the metrics alone", async () => {
  const other = await occupy(3030).catch(() => undefined);
  const system = npm(["start"], { METRICS_PORT: "" });
  await system.says("Ready.");
  expect(system.output()).toContain("no metrics: port 3030 is taken");
  expect(system.output()).not.toContain("/metrics");
  system.signal("SIGTERM");
  await system.ended;
  if (other !== undefined) await close(other);
}, 60_000);

test("a taken metrics port that was asked for is fatal", async () => {
  const other = await occupy(Number(env["METRICS_PORT"]));
  const system = npm(["start"]);
  expect((await system.ended).status).toBe(1);
  await close(other);
  expect(system.output()).toContain(`Port ${env["METRICS_PORT"]} at 127.0.0.1 is taken by another program.`);
});

test("a configuration that cannot be used is refused, each variable in a line of its own", async () => {
  const system = npm(["start"], { SERVICES: "invoicing", PORT: "a door", STAFF_USERNAME: "boss" });
  expect((await system.ended).status).toBe(1);
  expect(system.output()).toMatch(/The configuration cannot be used.\nPORT: /);
});

test("an operator pipes commands into the console, which runs the whole system in its process", async () => {
  const operator = npm(["run", "repl"]);
  operator.input(
    [
      "staff add clerk clerk@example.com",
      "billing run",
      "billing status",
      "call identity.listUsers",
      "billing nonsense",
      "",
    ].join("\n"),
  );
  expect((await operator.ended).status).toBe(1);
  const said = operator.output();
  expect(said).toMatch(/Staff account clerk \(\S+\), password: \S{20}/);
  expect(said).toMatch(/generate_invoices as of \d{4}-\d\d-\d\d: done/);
  expect(said).toMatch(/invoicing +none +0/);
  expect(said).toContain("username: \u001b[32m'clerk'");
  expect(said).toContain("billing replay <service> <id>");
  expect(postgresIsGone()).toBe(true);
}, 60_000);
