import { existsSync } from "node:fs";
import { freePorts, startProgram, type TestProcess } from "./processes";

/** Where systems keep their nats-server. */
export const NATS_CANDIDATES = [
  "/usr/sbin/nats-server",
  "/usr/local/bin/nats-server",
  "/usr/bin/nats-server",
];
/** The nats-server of this machine; undefined where there is none. */
export const natsProgram = NATS_CANDIDATES.find((file) => existsSync(file));

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
  const url = args.includes("--user")
    ? `nats://${user}:${password}@127.0.0.1:${port}`
    : `nats://127.0.0.1:${port}`;
  let server: TestProcess | undefined;
  const start = async (rules: string[] = args) => {
    if (natsProgram === undefined) throw new Error("there is no nats-server");
    server = startProgram(natsProgram, ["--addr", "127.0.0.1", "--port", String(port), ...rules]);
    await server.says("Server is ready");
  };
  await start();
  return { url, start, stop: async () => server?.kill() };
}
