import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { SERVICE_NAMES, type ServiceName } from "../../shared/config/config";
import { natsServerConfig } from "../../shared/process/nats/server-config";
import { newPassword } from "../../shared/process/secrets";
import { busName, CONSOLE, LISTENER } from "../../shared/service/bus-name";
import { freePorts, startProgram, type TestProcess } from "./processes";

/** The usual paths of nats-server. */
export const NATS_PATHS = ["/usr/sbin/nats-server", "/usr/local/bin/nats-server", "/usr/bin/nats-server"];
/** The nats-server of this machine; undefined when it is not installed. */
export const natsProgram = NATS_PATHS.find((file) => existsSync(file));

/** The NATS server of one test. Its port on loopback stays the same after a restart. */
export interface NatsServer {
  port: number;
  /**
   * The NATS_URL of a process.
   * @param services as in SERVICES; or `console` or `listener`
   */
  urlFor(services: string): string;
  /** Starts it after `stop`. @param args replace the arguments of the first start */
  start(args?: string[]): Promise<void>;
  /** Kills it, like a crash. */
  stop(): Promise<void>;
}

/**
 * Starts a NATS server with the users that `npm run secrets` makes: one for each service, the console, a
 * team's own services, and the processes given.
 * @param processes processes with several services, as in SERVICES
 * @param args more arguments, such as those for TLS
 */
export async function startNats(processes: string[] = [], args: string[] = []): Promise<NatsServer> {
  const names = new Set([...SERVICE_NAMES, CONSOLE, LISTENER, ...processes.map(userOf)]);
  const passwords = Object.fromEntries([...names].map((name) => [name, newPassword()]));
  const folder = mkdtempSync(path.join(tmpdir(), "nats-"));
  const file = path.join(folder, "nats.conf");
  writeFileSync(file, natsServerConfig(passwords), { mode: 0o600 });
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const server = await startServer(["--config", file, ...args]);
  return {
    ...server,
    urlFor: (services) => {
      const user = userOf(services);
      const password = passwords[user];
      if (password === undefined) throw new Error(`this NATS has no user ${user}`);
      return `nats://${user}:${password}@127.0.0.1:${server.port}`;
    },
  };
}

/** Starts a NATS server without users. */
export async function startPlainNats(): Promise<NatsServer> {
  const server = await startServer([]);
  return { ...server, urlFor: () => `nats://127.0.0.1:${server.port}` };
}

async function startServer(args: string[]): Promise<Omit<NatsServer, "urlFor">> {
  const [port = 0] = await freePorts(1);
  let server: TestProcess | undefined;
  const start = async (startArgs: string[] = args) => {
    if (natsProgram === undefined) throw new Error("nats-server is not installed");
    server = startProgram(natsProgram, ["--addr", "127.0.0.1", "--port", String(port), ...startArgs]);
    await server.says("Server is ready");
  };
  await start();
  return { port, start, stop: async () => server?.kill() };
}

function userOf(services: string): string {
  if (services === CONSOLE || services === LISTENER) return services;
  return busName(services.split(",") as ServiceName[]);
}
