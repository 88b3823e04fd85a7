import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** Enough for a slow phone to send 64 KB. The body's time includes that of the headers. */
const HEADERS_WITHIN_MS = 10_000;
const BODY_WITHIN_MS = 14_000;
/** How often Node looks for requests that are too slow; its default of 30 s would come on top. */
const CHECK_EVERY_MS = 500;
/** Longer than the 60 s of the usual load balancer, which must be the first to close. */
const KEEP_ALIVE_MS = 65_000;

/** A server that listens. */
export interface HttpServer {
  /** The address, such as `http://127.0.0.1:3000`; with port 0, the port that the system gave. */
  url: string;
  /** Stops accepting; waits for requests in flight, and cuts those that run longer than the timeout. */
  drain(timeout_ms: number): Promise<void>;
}

/**
 * Starts an HTTP server.
 * @throws the system's error, such as EADDRINUSE
 */
export async function listen(
  handler: RequestListener,
  { port, host }: { port: number; host: string },
): Promise<HttpServer> {
  const sockets = new Set<Socket>();
  const inFlight = new Set<ServerResponse>();
  const limits = {
    headersTimeout: HEADERS_WITHIN_MS,
    requestTimeout: BODY_WITHIN_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const server = createServer(limits, (request, response) => {
    inFlight.add(response);
    response.once("close", () => inFlight.delete(response));
    handler(request, response);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });

  const drain = (timeout_ms: number) =>
    new Promise<void>((resolve) => {
      const timeout = setTimeout(() => server.closeAllConnections(), timeout_ms);
      server.close(() => {
        clearTimeout(timeout);
        resolve();
      });
      // Node's closeIdleConnections() misses connections that a browser opened and has not used yet.
      const busy = new Set([...inFlight].map(({ req }) => req.socket));
      for (const response of inFlight) response.shouldKeepAlive = false;
      for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
    });
  return { url: urlOf(server.address() as AddressInfo), drain };
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}
