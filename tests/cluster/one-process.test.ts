import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, isAlive, startProgram, statusOf, type TestProcess } from "../support/processes";
import { eventually } from "../support/system";

const STOP_WITHIN_MS = 10_000;

// All tests use this data folder in order: the first start creates it, one crashes, the next finds its data.
// Its name has another prefix than other test data, so that the cleanup of killed test runs leaves it alone.
const dataDir = mkdtempSync(join(tmpdir(), "one-process-"));
let env: Record<string, string>;
let api: string;
let password: string;
let current: TestProcess | undefined;

const npm = (args: string[], more: Record<string, string> = {}) =>
  (current = startProgram("npm", args, { ...env, ...more }));
const postgresPid = () => Number.parseInt(readFileSync(join(dataDir, "postgres/postmaster.pid"), "utf8"), 10);
/** A process that has ended may stay in the process list for a moment. */
const untilEnded = (pid: number) => eventually(() => (isAlive(pid) ? undefined : true), 3_000);
const postgresIsStopped = () => !existsSync(join(dataDir, "postgres/postmaster.pid"));

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
  if (!postgresIsStopped()) {
    const pid = postgresPid();
    process.kill(pid, "SIGQUIT");
    await untilEnded(pid);
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

/** Sends the head of a request. The server has received it, but not the body, when this resolves. */
async function openRequest(body: string): Promise<{ finish: () => Promise<string> }> {
  const { hostname, port, pathname } = new URL(`${api}/token/`);
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
  socket.write(
    [
      `POST ${pathname} HTTP/1.1`,
      `host: ${hostname}`,
      "content-type: application/json",
      `content-length: ${body.length}`,
      "expect: 100-continue",
      "\r\n",
    ].join("\r\n"),
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

test("npm start starts everything; Ctrl-C answers the open request and leaves no process", async () => {
  const system = npm(["start"]);
  await system.says("Ready.");
  const output = system.output();
  expect(output).toContain(`${api}/docs`);
  expect(output).toContain(`${api}/pay/`);
  password = /First staff account {2}admin \/ (\S+)/.exec(output)?.[1] ?? "";
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
  await untilEnded(pid);
  expect(postgresIsStopped()).toBe(true);

  const log = system
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"));
  expect(log.length).toBeGreaterThan(10);
  const secrets = [password, tokens.access, tokens.refresh, tokens.access.split(".")[2] ?? ""];
  expect(log.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
}, 60_000);

test("after kill -9 the system starts with the same data, and SIGTERM to npm ends it", async () => {
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
  await untilEnded(pid);
}, 60_000);

test("a signal during the start ends the system", async () => {
  const system = npm(["start"]);
  await eventually(() => (postgresIsStopped() ? undefined : true), 20_000);
  const pid = postgresPid();
  system.signal("SIGTERM");
  await system.ended;
  expect(system.output()).not.toContain("Ready.");
  await untilEnded(pid);
}, 60_000);

/** The last line that a process has written. */
const lastLine = (system: TestProcess) => system.output().trimEnd().split("\n").at(-1);

test("a taken port is found first, and said in the last line", async () => {
  const other = await occupy(Number(env["PORT"]));
  const system = npm(["start"]);
  expect((await system.ended).status).toBe(1);
  await close(other);
  expect(lastLine(system)).toBe(
    `Could not start: port ${env["PORT"]} at 127.0.0.1 is taken by another program; ` +
      "stop that one, or set PORT to another port",
  );
  expect(postgresIsStopped()).toBe(true);
}, 60_000);

test("without METRICS_PORT, a taken metrics port only disables the metrics", async () => {
  const other = await occupy(3030).catch(() => undefined);
  const system = npm(["start"], { METRICS_PORT: "" });
  await system.says("Ready.");
  expect(system.output()).toContain("no metrics: port 3030 is taken");
  expect(system.output()).not.toContain("/metrics");
  system.signal("SIGTERM");
  await system.ended;
  if (other !== undefined) await close(other);
}, 60_000);

test("with METRICS_PORT, a taken metrics port ends the start", async () => {
  const other = await occupy(Number(env["METRICS_PORT"]));
  const system = npm(["start"]);
  expect((await system.ended).status).toBe(1);
  await close(other);
  expect(lastLine(system)).toMatch(/^Could not start: port .* or set METRICS_PORT to another port$/);
});

test("a wrong configuration is refused: a line for each variable, and a sentence", async () => {
  const system = npm(["start"], { PORT: "a door", LOG_LEVEL: "loud" });
  expect((await system.ended).status).toBe(1);
  expect(system.output()).toMatch(
    /\nPORT: .*\n(.*\n)*Could not start: the \d variables above must be corrected\.\n$/,
  );
});

test("beside a running system, the console joins it; a second start is refused", async () => {
  const system = npm(["start"]);
  await system.says("Ready.");
  const command = (line: string) => startProgram("npm", ["run", "-s", "repl", "--", "--command", line], env);
  const [added, unknown, second] = [
    command("staff add keeper keeper@example.com"),
    command("frobnicate"),
    startProgram("npm", ["start"], { ...env, PORT: "0", METRICS_PORT: "0" }),
  ];
  const endings = await Promise.all([added, unknown, second].map(async (each) => (await each.ended).status));
  expect(endings).toEqual([0, 1, 1]);
  const [, made = ""] = /Staff account keeper \(\S+\), password: (\S+)/.exec(added.output()) ?? [];
  const body = JSON.stringify({ username: "keeper", password: made });
  const headers = { "content-type": "application/json" };
  expect(await statusOf(`${api}/token/`, { method: "POST", headers, body })).toBe(200);
  expect(unknown.output()).toContain("unknown command 'frobnicate'");
  expect(lastLine(second)).toMatch(
    /^Could not start: the data in .* is in use by process \d+; stop that one/,
  );
  expect(statSync(join(dataDir, "console.sock")).mode & 0o777).toBe(0o600);
  system.signal("SIGTERM");
  await system.ended;
  expect(existsSync(join(dataDir, "console.sock"))).toBe(false);
}, 60_000);

test("the console reads commands from stdin and runs the whole system in its process", async () => {
  const repl = npm(["run", "repl"]);
  repl.input(
    [
      "staff add clerk clerk@example.com",
      "keys add backend write --limit 50",
      "keys list",
      "keys add backend owner",
      "billing run",
      "billing status",
      "call identity.listUsers",
      "billing nonsense",
      "",
    ].join("\n"),
  );
  expect((await repl.ended).status).toBe(1);
  const output = repl.output();
  expect(output).toMatch(/Staff account clerk \(\S+\), password: \S{20}/);
  expect(output).toMatch(/API key backend \(\S+\), scope write: bk_[0-9a-f]{32}_[\w-]{43}\n/);
  expect(output).toMatch(/\S+ +backend +write +50 +never +valid/);
  expect(output).toMatch(/Usage: keys add <name> <read\|write\|admin>/);
  expect(output).toMatch(/generate_invoices as of \d{4}-\d\d-\d\d: done/);
  expect(output).toMatch(/invoicing +none +0/);
  expect(output).toContain("username: \u001b[32m'clerk'");
  expect(output).toContain("billing replay <service> <id>");
  expect(postgresIsStopped()).toBe(true);
}, 60_000);
