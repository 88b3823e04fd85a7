import { connect, type Socket } from "node:net";

const HEAD_END = Buffer.from("\r\n\r\n");

/** One HTTP/1.1 connection that repeats the same request. It uses far less CPU than the server. */
export class LoadConnection {
  readonly #socket: Socket;
  readonly #request: string;
  #received: Buffer = Buffer.alloc(0);
  #answer: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket, request: string) {
    this.#socket = socket;
    this.#request = request;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (error) => this.#answer?.reject(error));
    socket.on("close", () => this.#answer?.reject(new Error("the server closed the connection")));
  }

  static async open(url: string, token: string): Promise<LoadConnection> {
    const { hostname, port, pathname, search } = new URL(url);
    const head = [`GET ${pathname}${search} HTTP/1.1`, `Host: ${hostname}`, `Authorization: Bearer ${token}`];
    const request = `${head.join("\r\n")}\r\n\r\n`;
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new LoadConnection(socket, request);
  }

  /** Sends the request once. @returns the status of the answer */
  send(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#answer = { resolve, reject };
      this.#socket.write(this.#request);
    });
  }

  close(): void {
    this.#answer = undefined;
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const headLength = this.#received.indexOf(HEAD_END);
    if (headLength === -1) return;
    const head = this.#received.toString("latin1", 0, headLength);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    if (length === undefined) {
      this.#answer?.reject(new Error(`an answer without a length:\n${head}`));
      return;
    }
    if (this.#received.length < headLength + HEAD_END.length + Number(length)) return;
    this.#received = Buffer.alloc(0);
    this.#answer?.resolve(Number(head.slice("HTTP/1.1 ".length, "HTTP/1.1 200".length)));
  }
}
