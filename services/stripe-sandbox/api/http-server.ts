import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { SandboxLog } from "../options";
import type { Api } from "./pipeline";
import { API_VERSION } from "./version";

const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "Request-Id, Idempotent-Replayed",
};
const PREFLIGHT = {
  ...CORS,
  "Access-Control-Allow-Methods": "GET, POST, DELETE",
  "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Stripe-Version",
  "Access-Control-Max-Age": "600",
};

export interface HttpOptions {
  api: Api;
  /** The text of the Stripe.js stand-in. */
  stripeJs: () => string;
  log: SandboxLog;
}

function sendScript(response: ServerResponse, script: string): void {
  response.writeHead(200, {
    ...CORS,
    "Content-Type": "text/javascript; charset=utf-8",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(script);
}

interface Context extends HttpOptions {
  /** Whether new requests are still taken. */
  isOpen: () => boolean;
}

async function answer(request: IncomingMessage, response: ServerResponse, options: Context): Promise<void> {
  if (request.method === "OPTIONS") {
    response.writeHead(204, PREFLIGHT).end();
    return;
  }
  if (request.method === "GET" && request.url?.split("?", 1)[0] === "/stripe.js") {
    sendScript(response, options.stripeJs());
    return;
  }
  const result = await options.api.answer(request);
  if (result === "die") {
    request.socket.destroy();
    return;
  }
  // An open connection would delay the server's close.
  if (!options.isOpen()) response.shouldKeepAlive = false;
  response.writeHead(result.status, {
    ...CORS,
    ...result.headers,
    "Content-Type": "application/json",
    "Cache-Control": "no-cache, no-store",
    "Stripe-Version": API_VERSION,
    // The unread rest of too large a body must not be read as the next request.
    ...(result.status === 413 ? { Connection: "close" } : {}),
  });
  response.end(result.body);
}

/** Makes the HTTP server; it does not listen yet. */
export function createHttpServer(options: HttpOptions): Server {
  const server = createServer((request, response) => {
    answer(request, response, { ...options, isOpen: () => server.listening }).catch((error: unknown) => {
      options.log.error(`Sandbox: ${String(error)}`);
      response.destroy();
    });
  });
  return server;
}

/** Starts to listen, and returns the port. */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

/** Takes no new requests, and resolves when those in flight are answered. */
export async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
