import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import type { ServiceBroker } from "moleculer";
import type { BillingService } from "../../../shared/service/billing-service";
import type { ServiceEnv } from "../../../shared/service/service-env";
import { ConfigError, type Config } from "../../../shared/config/config";
import { startSandbox, type Sandbox } from "../../stripe-sandbox";
import { keysOfDataDir, newSandboxKeys, type SandboxKeys } from "./sandbox-keys";
import type { PaymentsTools } from "../tools";
import { StripeApi } from "./stripe-api";

/** The sandbox of this process, with what tests control. */
export interface OwnSandbox extends Sandbox {
  /** Its client; tests use its `sdk` to do what Stripe's dashboard can. */
  stripe: StripeApi;
  /** Sends webhooks to a URL that was not known at the start. Earlier webhooks are lost. */
  deliverTo(url: string): Promise<void>;
}

/**
 * The sandbox of a broker's payments service; for tests.
 * @throws Error without a sandbox: keys are configured, or the service does not run here
 */
export function sandboxOf(broker: ServiceBroker): OwnSandbox {
  const service = broker.getLocalService("payments") as BillingService<PaymentsTools> | null;
  const sandbox = service?.env.tools.sandbox;
  if (sandbox === undefined) throw new Error("no Stripe sandbox belongs to this broker");
  return sandbox;
}

/**
 * Starts the sandbox that replaces Stripe when no keys are configured. With the embedded Postgres it keeps
 * its state in the data folder. With another Postgres each start has an empty sandbox.
 * @throws ConfigError in production, and in a cluster, where each process would have a sandbox of its own
 */
export async function startOwnSandbox(
  env: Pick<ServiceEnv, "broker" | "config" | "log">,
): Promise<{ sandbox: OwnSandbox; keys: SandboxKeys }> {
  const { broker, config, log } = env;
  requireSandboxAllowed(config);
  const persistent = config.databases.kind === "embedded";
  const keys = persistent ? await keysOfDataDir(config.dataDir) : newSandboxKeys();
  const port = await freePort(config.host);
  const started = await startSandbox({
    ...keys,
    host: config.host,
    port,
    publicUrl: `http://${hostForBrowsers(config)}:${port}`,
    log: {
      info: (line) => log.debug(line),
      warn: (line) => log.warn(line),
      error: (line) => log.error(line),
    },
    // With port 0 the system chooses the gateway's port, which is not known yet.
    ...(config.port === 0 ? {} : { webhookUrl: `${config.publicUrl}/api/stripe/webhook/` }),
    ...(persistent ? { stateFile: join(config.dataDir, "stripe-sandbox-state.json") } : {}),
  });
  const stripe = new StripeApi({ ...keys, apiBase: `http://${hostFromHere(config.host)}:${port}`, log });
  const sandbox: OwnSandbox = { ...started, stripe, deliverTo: (url) => deliverTo(stripe, url) };
  broker.runtime.announcements.push(
    `Payments       built-in Stripe sandbox at ${started.url}; pay with card 4242 4242 4242 4242`,
  );
  return { sandbox, keys };
}

function requireSandboxAllowed({ production, oneProcess }: Config): void {
  if (!production && oneProcess) return;
  const why = production ? "is not for production" : "serves one process only";
  const advice = "set STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY and STRIPE_WEBHOOK_SECRET";
  throw new ConfigError(`STRIPE_SECRET_KEY: is missing, and the built-in Stripe sandbox ${why}; ${advice}`);
}

/** An endpoint that is made through the API has a secret of its own. */
async function deliverTo(stripe: StripeApi, url: string): Promise<void> {
  const endpoint = await stripe.sdk.webhookEndpoints.create({ url, enabled_events: ["*"] });
  if (endpoint.secret !== undefined) stripe.webhookSecret = endpoint.secret;
}

const ANY_ADDRESS = new Set(["0.0.0.0", "::", "[::]"]);

/** How this process reaches a server that listens at `host`. */
function hostFromHere(host: string): string {
  if (ANY_ADDRESS.has(host)) return "localhost";
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

/** How browsers reach it: on another machine, by the host of the public URL. */
function hostForBrowsers({ host, publicUrl }: Config): string {
  return ANY_ADDRESS.has(host) ? hostFromHere(new URL(publicUrl).hostname) : hostFromHere(host);
}

/** The sandbox must know its address before it starts, because it gives the address to browsers. */
function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, host, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
