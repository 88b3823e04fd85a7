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

/** The sandbox that plays Stripe for this process, as tests drive it. */
export interface OwnSandbox extends Sandbox {
  /** Our side of it; its `sdk` may do what Stripe's dashboard can. */
  stripe: StripeApi;
  /** Has webhooks sent to a URL that became known only now; the ones before are lost. */
  deliverTo(url: string): Promise<void>;
}

/**
 * The sandbox that stands in for Stripe in a broker's payments service; for tests.
 * @throws Error where there is none, because keys are configured or the service does not run here
 */
export function sandboxOf(broker: ServiceBroker): OwnSandbox {
  const service = broker.getLocalService("payments") as BillingService<PaymentsTools> | null;
  const sandbox = service?.env.tools.sandbox;
  if (sandbox === undefined) throw new Error("no Stripe sandbox belongs to this broker");
  return sandbox;
}

/**
 * Starts the stand-in that plays Stripe where no keys are configured. Beside the embedded Postgres it keeps
 * its state, as the books do; with a Postgres of somebody else's, it begins anew at each start.
 * @throws ConfigError where a stand-in would be dangerous: in production, and where several processes would
 *   each have their own
 */
export async function startOwnSandbox(
  env: Pick<ServiceEnv, "broker" | "config" | "log">,
): Promise<{ sandbox: OwnSandbox; keys: SandboxKeys }> {
  const { broker, config, log } = env;
  requirePlayground(config);
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
    // The gateway's port is not known yet when the system is to choose it.
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

function requirePlayground({ production, oneProcess }: Config): void {
  if (!production && oneProcess) return;
  const why = production ? "is not for production" : "serves one process only";
  const remedy = "set STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY and STRIPE_WEBHOOK_SECRET";
  throw new ConfigError(`STRIPE_SECRET_KEY: is missing, and the built-in Stripe sandbox ${why}; ${remedy}`);
}

/** An endpoint made through the API signs with a secret of its own. */
async function deliverTo(stripe: StripeApi, url: string): Promise<void> {
  const endpoint = await stripe.sdk.webhookEndpoints.create({ url, enabled_events: ["*"] });
  if (endpoint.secret !== undefined) stripe.webhookSecret = endpoint.secret;
}

const ANY_ADDRESS = new Set(["0.0.0.0", "::", "[::]"]);

/** A name of this machine under which a server that listens at `host` is reached from this machine. */
function hostFromHere(host: string): string {
  if (ANY_ADDRESS.has(host)) return "localhost";
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

/** The same for browsers elsewhere, who find us under the public URL's name. */
function hostForBrowsers({ host, publicUrl }: Config): string {
  return ANY_ADDRESS.has(host) ? hostFromHere(new URL(publicUrl).hostname) : hostFromHere(host);
}

/** The address must be known before the sandbox starts, because it tells browsers of it. */
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
