import { connect, type Socket } from "node:net";
import { once } from "node:events";
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

/** Connects to a socket; undefined when no process listens there. */
export async function connectTo(path: string): Promise<Socket | undefined> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return socket;
  } catch {
    return undefined;
  }
}
