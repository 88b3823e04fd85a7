import { existsSync } from "node:fs";
import { freePorts, startProgram, type TestProcess } from "./processes";

const CANDIDATES = ["/usr/sbin/nats-server", "/usr/local/bin/nats-server", "/usr/bin/nats-server"];
const program = CANDIDATES.find((file) => existsSync(file));

/** `describe` where there is a nats-server; otherwise it skips, and says so loudly. */
export const describeWithNats: jest.Describe = program === undefined ? skipLoudly() : describe;

function skipLoudly(): jest.Describe {
  console.warn(`!!! NO nats-server (looked for ${CANDIDATES.join(", ")}): the tests of the cluster ARE SKIPPED !!!`);
  return describe.skip;
}

/** A NATS server of one test, on a loopback port of its own that stays the same. */
export interface NatsServer {
  url: string;
  /** Starts it again after it was stopped, with other rules for who may connect if they are given. */
  start(args?: string[]): Promise<void>;
  /** Ends it as a crash would. */
  stop(): Promise<void>;
}

/** Starts a NATS server. @param args further arguments, like `["--user", "billing", "--pass", "secret"]` */
export async function startNats(args: string[] = []): Promise<NatsServer> {
  const [port = 0] = await freePorts(1);
  const [user, password] = ["--user", "--pass"].map((name) => args[args.indexOf(name) + 1]);
  const url = args.includes("--user") ? `nats://${user}:${password}@127.0.0.1:${port}` : `nats://127.0.0.1:${port}`;
  let server: TestProcess | undefined;
  const start = async (rules: string[] = args) => {
    if (program === undefined) throw new Error("there is no nats-server");
    server = startProgram(program, ["--addr", "127.0.0.1", "--port", String(port), ...rules]);
    await server.says("Server is ready");
  };
  await start();
  return { url, start, stop: async () => server?.kill() };
}
