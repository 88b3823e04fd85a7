import { type IncomingMessage, type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Stripe from "stripe";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../../services/stripe-sandbox";

export const SECRET_KEY = "sk_test_sandboxTests";
export const PUBLISHABLE_KEY = "pk_test_sandboxTests";
export const WEBHOOK_SECRET = "whsec_sandboxTests";

/** A new sandbox with the keys of these tests. */
export function startTestSandbox(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  return startSandbox({ secretKey: SECRET_KEY, publishableKey: PUBLISHABLE_KEY, ...options });
}

/** Stripe's own SDK, connected to the sandbox; it makes no retries. */
export function sdkFor(sandbox: Pick<Sandbox, "port">, key = SECRET_KEY): Stripe {
  return new Stripe(key, {
    host: "127.0.0.1",
    port: sandbox.port,
    protocol: "http",
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

/** An intent as the product creates it. */
export const INTENT: Stripe.PaymentIntentCreateParams = {
  amount: 49_900,
  currency: "usd",
  automatic_payment_methods: { enabled: true, allow_redirects: "never" },
  metadata: { invoice_id: "inv_1" },
};

/** The error of an SDK call, which must fail. */
export async function errorOf(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const outcome = await call.then(
    () => new Error("the call succeeded"),
    (error: unknown) => error,
  );
  if (outcome instanceof Stripe.errors.StripeError) return outcome;
  throw outcome;
}

export interface RawAnswer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** A request without the SDK, with the whole answer. */
export async function raw(
  sandbox: Sandbox,
  method: string,
  path: string,
  request: {
    key?: string;
    form?: Record<string, string>;
    headers?: Record<string, string>;
    body?: string;
  } = {},
): Promise<RawAnswer> {
  const { key = SECRET_KEY, form, headers = {} } = request;
  const body = request.body ?? (form && new URLSearchParams(form).toString());
  const response = await fetch(`http://127.0.0.1:${sandbox.port}${path}`, {
    method,
    headers: {
      ...(key === "" ? {} : { Authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "Content-Type": "application/x-www-form-urlencoded" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

export interface Received {
  event: Stripe.Event;
  signature: string;
  body: string;
}

/** A webhook endpoint that checks signatures with Stripe's own code. */
export class Receiver {
  readonly received: Received[] = [];
  /** Status codes for the next attempts; 200 when there is none left. */
  answers: number[] = [];
  private readonly server: Server;

  constructor(public secret = WEBHOOK_SECRET) {
    this.server = createServer((request, response) => {
      void this.take(request).then((status) => response.writeHead(status).end());
    });
  }

  private async take(request: IncomingMessage): Promise<number> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString("utf8");
    const signature = String(request.headers["stripe-signature"]);
    const event = Stripe.webhooks.constructEvent(body, signature, this.secret);
    this.received.push({ event, signature, body });
    return this.answers.shift() ?? 200;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/webhook`;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  types(): string[] {
    return this.received.map(({ event }) => event.type);
  }
}
