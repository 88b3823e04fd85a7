import { existsSync } from "node:fs";
import { freePorts, startProgram, type TestProcess } from "./processes";

/** The usual paths of nats-server. */
export const NATS_PATHS = ["/usr/sbin/nats-server", "/usr/local/bin/nats-server", "/usr/bin/nats-server"];
/** The nats-server of this machine; undefined when it is not installed. */
export const natsProgram = NATS_PATHS.find((file) => existsSync(file));

/** The NATS server of one test. Its port on loopback stays the same after a restart. */
export interface NatsServer {
  url: string;
  /** Starts it after `stop`. @param args replace the arguments of the first start */
  start(args?: string[]): Promise<void>;
  /** Kills it, like a crash. */
  stop(): Promise<void>;
}

/** Starts a NATS server. @param args more arguments, such as `["--user", "billing", "--pass", "secret"]` */
export async function startNats(args: string[] = []): Promise<NatsServer> {
  const [port = 0] = await freePorts(1);
  const [user, password] = ["--user", "--pass"].map((name) => args[args.indexOf(name) + 1]);
  const url = args.includes("--user")
    ? `nats://${user}:${password}@127.0.0.1:${port}`
    : `nats://127.0.0.1:${port}`;
  let server: TestProcess | undefined;
  const start = async (startArgs: string[] = args) => {
    if (natsProgram === undefined) throw new Error("nats-server is not installed");
    server = startProgram(natsProgram, ["--addr", "127.0.0.1", "--port", String(port), ...startArgs]);
    await server.says("Server is ready");
  };
  await start();
  return { url, start, stop: async () => server?.kill() };
}
