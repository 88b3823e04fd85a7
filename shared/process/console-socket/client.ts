import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { errorCode } from "../../db/transaction";
import { SocketTransporter } from "./transporter";

/** The console's end of the socket. */
export class ConsoleClient extends SocketTransporter {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
  }

  override connect(): Promise<unknown> {
    this.attach(this.#socket);
    return this.onConnected(false);
  }

  override disconnect(): Promise<void> {
    this.detachAll();
    return Promise.resolve();
  }
}

/** What connecting says where no process listens: there is no socket, or one that was left behind. */
const NOBODY = new Set(["ENOENT", "ECONNREFUSED"]);

/**
 * Connects to a socket; undefined when no process listens there.
 * @throws the system's error when it cannot be told, as without the right to connect
 */
export async function connectTo(path: string): Promise<Socket | undefined> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return socket;
  } catch (error) {
    if (NOBODY.has(errorCode(error) ?? "")) return undefined;
    throw error;
  } finally {
    // Later errors end the connection; whoever attaches to it listens to its end.
    socket.on("error", () => {});
  }
}
