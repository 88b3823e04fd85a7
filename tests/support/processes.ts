import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { scripts } from "../../package.json";
import { eventually } from "./system";

const ROOT = path.resolve(__dirname, "../..");

/** How a process ended: with a status, or by a signal. */
export interface Ending {
  status: number | null;
  signal: NodeJS.Signals | null;
}

/** A program that a test started. */
export interface TestProcess {
  pid: number;
  /** Everything it has written to stdout and stderr so far. */
  output(): string;
  /** Resolves when its output contains the text. @throws Error when it ends or is too late */
  says(text: string, within_ms?: number): Promise<void>;
  /** Writes `text` to its stdin and closes it. */
  input(text: string): void;
  /** Resolves when it has ended and all its output is read. */
  ended: Promise<Ending>;
  signal(name: NodeJS.Signals): void;
  /** Sends a signal to it and its children, as Ctrl-C in a terminal does. */
  signalGroup(name: NodeJS.Signals): void;
  /** Kills it with SIGKILL and resolves when it has ended. */
  kill(): Promise<void>;
}

const running = new Set<TestProcess>();
// When Jest is interrupted, no process of a test stays running.
process.once("exit", () => {
  for (const each of running) each.signalGroup("SIGKILL");
});

/**
 * Starts a program in its own process group. It gets only PATH, HOME, TMPDIR and `env` as environment.
 * @param cwd the project's folder by default
 */
export function startProgram(
  command: string,
  args: string[],
  env: Record<string, string> = {},
  cwd: string = ROOT,
): TestProcess {
  const { PATH = "", HOME = "", TMPDIR = "/tmp" } = process.env;
  const child = spawn(command, args, { cwd, env: { PATH, HOME, TMPDIR, ...env }, detached: true });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const started = toTestProcess(child, () => output);
  running.add(started);
  void started.ended.then(() => running.delete(started));
  return started;
}

function toTestProcess(child: ChildProcess, output: () => string): TestProcess {
  if (child.pid === undefined) throw new Error(`${child.spawnfile} could not be started`);
  const { pid } = child;
  const ended: Promise<Ending> = once(child, "close").then(([status, signal]) => ({ status, signal }));
  const send = (target: number, name: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) process.kill(target, name);
  };
  return {
    pid,
    output,
    says: async (text, within_ms = 20_000) => {
      const hasEnded = ended.then(() => "it ended");
      const found = eventually(() => (output().includes(text) ? text : undefined), within_ms);
      const reason = await Promise.race([found.catch(() => `after ${within_ms} ms`), hasEnded]);
      if (!output().includes(text))
        throw new Error(`${child.spawnargs.join(" ")} did not say "${text}" (${reason}):\n${output()}`);
    },
    input: (text) => void child.stdin?.end(text),
    ended,
    signal: (name) => send(pid, name),
    signalGroup: (name) => send(-pid, name),
    kill: async () => {
      send(pid, "SIGKILL");
      await ended;
    },
  };
}

/** A process of the system, started as by `npm start`, but without npm. */
export interface ServiceProcess extends TestProcess {
  /** The base URL of its /health, /ready and /metrics. */
  operationsUrl: string;
  /** Resolves when /ready answers 200. */
  ready(within_ms?: number): Promise<void>;
}

/** The arguments of node in `npm start`, which is `exec node <options> <program>`. */
const START = scripts.start.split(" ").slice(2);
/** The options among them, for other programs of ours. */
export const NODE_OPTIONS = START.slice(0, -1);

/**
 * Starts a process of the system with a free metrics port.
 * @param env environment variables such as SERVICES
 * @param cwd the folder with the code, the project's by default
 */
export async function startServiceProcess(
  env: Record<string, string>,
  cwd: string = ROOT,
): Promise<ServiceProcess> {
  const [port = 0] = await freePorts(1);
  const started = startProgram(process.execPath, START, { METRICS_PORT: String(port), ...env }, cwd);
  const operationsUrl = `http://127.0.0.1:${port}`;
  let ending: Ending | undefined;
  void started.ended.then((how) => (ending = how));
  return {
    ...started,
    operationsUrl,
    ready: async (within_ms = 30_000) => {
      const answer = eventually(async () => {
        if (ending !== undefined) throw new Error(`it ended with ${ending.status ?? ending.signal}`);
        return (await statusOf(`${operationsUrl}/ready`)) === 200 ? true : undefined;
      }, within_ms);
      await answer.catch((cause: unknown) => {
        throw new Error(`${env["SERVICES"]} is not ready: ${String(cause)}\n${started.output()}`, { cause });
      });
    },
  };
}

/** The HTTP status of a GET; undefined without an answer. */
export async function statusOf(url: string, init: RequestInit = {}): Promise<number | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000), ...init });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}

/** Ports on the loopback address that are free at this moment. */
export async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  const ports = await Promise.all(
    probes.map(async (probe) => {
      await once(probe, "listening");
      return (probe.address() as AddressInfo).port;
    }),
  );
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
  return ports;
}

/** Whether a process is running. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
