import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** Long enough for a slow phone to send 64 KB, too short to hold a connection open for fun. */
const REQUEST_WITHIN_MS = 30_000;
/** Longer than the 60 seconds of the usual load balancer, which must be the one that lets go. */
const KEEP_ALIVE_MS = 65_000;

/** An open door. */
export interface HttpServer {
  /** Where it listens; with port 0, the port that was found. */
  url: string;
  /** Stops accepting, lets requests in flight finish, and cuts those that take longer than the deadline. */
  drain(deadline_ms: number): Promise<void>;
}

/**
 * Listens for HTTP.
 * @throws the system's error when the port cannot be had
 */
export async function listen(
  handler: RequestListener,
  { port, host }: { port: number; host: string },
): Promise<HttpServer> {
  const sockets = new Set<Socket>();
  const inFlight = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    inFlight.add(response);
    response.once("close", () => inFlight.delete(response));
    handler(request, response);
  });
  server.requestTimeout = REQUEST_WITHIN_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });

  const drain = (deadline_ms: number) =>
    new Promise<void>((resolve) => {
      const deadline = setTimeout(() => server.closeAllConnections(), deadline_ms);
      server.close(() => {
        clearTimeout(deadline);
        resolve();
      });
      // Node's own idea of idle leaves out connections that browsers open in advance and never used.
      const busy = new Set([...inFlight].map(({ req }) => req.socket));
      for (const response of inFlight) response.shouldKeepAlive = false;
      for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
    });
  return { url: urlOf(server.address() as AddressInfo), drain };
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}
