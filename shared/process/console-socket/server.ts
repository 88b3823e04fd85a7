import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import type { Logger } from "pino";
import { connectTo } from "./client";
import { socketPath } from "./path";
import { SocketTransporter } from "./transporter";

/** Only the owner of the process may connect: whoever does is an operator. */
const OWNER_ONLY = 0o177;

/** The end of the console's socket in the process that runs the system. */
export class ConsoleServer extends SocketTransporter {
  readonly #server: Server;

  constructor(server: Server, log: Pick<Logger, "warn">) {
    super();
    this.#server = server;
    // Nobody listening, it would end the process.
    server.on("error", (error) => log.warn({ err: error }, "a console could not join this process"));
    server.on("connection", (socket) => this.attach(socket));
  }

  override connect(): Promise<unknown> {
    return this.onConnected(false);
  }

  override disconnect(): Promise<void> {
    this.#server.close();
    this.detachAll();
    return Promise.resolve();
  }
}

/**
 * Listens for consoles at `<dataDir>/console.sock`. Without it the system runs all the same.
 * @returns the transporter for the system's broker; undefined where that is not possible, which is logged
 */
export async function listenForConsoles(
  dataDir: string,
  log: Pick<Logger, "warn">,
): Promise<ConsoleServer | undefined> {
  try {
    mkdirSync(dataDir, { recursive: true });
    return new ConsoleServer(await listen(socketPath(dataDir)), log);
  } catch (error) {
    log.warn({ err: error }, "no console can join this process");
    return undefined;
  }
}

/** @throws Error when another process listens there, or nobody can */
async function listen(path: string | undefined): Promise<Server> {
  if (path === undefined) throw new Error("the path of DATA_DIR is too long for a socket");
  const running = await connectTo(path);
  running?.destroy();
  if (running !== undefined) throw new Error(`another process listens at ${path}`);
  // Left by a process that was killed.
  rmSync(path, { force: true });
  const server = createServer();
  const umask = process.umask(OWNER_ONLY);
  try {
    server.listen(path);
  } finally {
    process.umask(umask);
  }
  await once(server, "listening");
  // Consoles alone do not keep the process alive.
  return server.unref();
}
