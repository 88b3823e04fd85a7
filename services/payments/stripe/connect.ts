import type { ServiceEnv } from "../../../shared/service/service-env";
import { ConfigError } from "../../../shared/config/config";
import type { PaymentsTools } from "../tools";
import { startOwnSandbox } from "./own-sandbox";
import { StripeApi } from "./stripe-api";

type StartingEnv = Pick<ServiceEnv, "broker" | "config" | "log">;
interface Connected {
  tools: PaymentsTools;
  stop?: () => Promise<void>;
}

/**
 * Connects to the Stripe account of the configuration, or starts a sandbox when no keys are configured.
 * @throws ConfigError for keys of different modes, and for missing keys where the sandbox must not run
 */
export async function connectStripe(env: StartingEnv): Promise<Connected> {
  const keys = env.config.stripe;
  return keys === undefined ? connectToSandbox(env) : { tools: connectToAccount(env, keys) };
}

type Keys = NonNullable<StartingEnv["config"]["stripe"]>;

function connectToAccount({ config, log }: StartingEnv, keys: Keys): PaymentsTools {
  const livemode = isLive(keys.secretKey);
  if (isLive(keys.publishableKey) !== livemode) {
    throw new ConfigError(
      "STRIPE_PUBLISHABLE_KEY: is of another mode than STRIPE_SECRET_KEY; both must be live, or both test",
    );
  }
  const { secretKey, webhookSecret, publishableKey } = keys;
  if (config.stripeApiBase !== undefined)
    log.warn(`no money moves: payments go to STRIPE_API_BASE, ${config.stripeApiBase}, instead of Stripe`);
  const stripe = new StripeApi({ secretKey, webhookSecret, apiBase: config.stripeApiBase, log });
  return { stripe, livemode, publishableKey, stripeJsUrl: config.stripeJsUrl, sandbox: undefined };
}

async function connectToSandbox(env: StartingEnv): Promise<Connected> {
  const { sandbox, keys } = await startOwnSandbox(env);
  return {
    tools: {
      stripe: sandbox.stripe,
      livemode: false,
      publishableKey: keys.publishableKey,
      stripeJsUrl: sandbox.stripeJsUrl,
      sandbox,
    },
    stop: () => sandbox.stop(),
  };
}

const isLive = (key: string): boolean => /^[a-z]+_live_/.test(key);
