/** Where the sandbox logs. Lines hold no card numbers, client secrets or keys. */
export interface SandboxLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface SandboxOptions {
  /** Where browsers reach it, if that is not `http://host:port` (behind a proxy, in a container). */
  publicUrl?: string | undefined;
  /** With 0, the default, the system chooses one. */
  port?: number | undefined;
  /** The default is 127.0.0.1. */
  host?: string | undefined;
  /** `sk_test_…` */
  secretKey: string;
  /** `pk_test_…` */
  publishableKey: string;
  /** Where every event is posted, besides the endpoints made through the API. */
  webhookUrl?: string | undefined;
  /** `whsec_…`; needed with `webhookUrl`. */
  webhookSecret?: string | undefined;
  /** The clock for `created` and for the age of idempotency keys, in ms since 1970. */
  now?: () => number;
  /** The delays before the retries of a delivery, in ms: one retry for each. */
  retryDelaysMs?: number[];
  /** How long a refund takes whose outcome comes later, in ms. */
  lateOutcomeMs?: number;
  /** The file that keeps the state over a restart (mode 600); without it, the state is in memory. */
  stateFile?: string | undefined;
  log?: SandboxLog;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** About three days, as Stripe does it: https://docs.stripe.com/webhooks#automatic-retries */
export const DEFAULT_RETRY_DELAYS_MS = [
  1_000,
  5_000,
  30_000,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  8 * HOUR_MS,
  12 * HOUR_MS,
  24 * HOUR_MS,
  24 * HOUR_MS,
];

export const SILENT: SandboxLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

const PREFIXES = [
  ["secretKey", "sk_test_"],
  ["publishableKey", "pk_test_"],
  ["webhookSecret", "whsec_"],
] as const;

/**
 * Checks that the sandbox does not run with live keys or in production.
 * @throws Error whose message names the option, never its value
 */
export function assertSafe(
  options: SandboxOptions,
  environment: string | undefined = process.env["NODE_ENV"],
): void {
  if (environment === "production") {
    throw new Error("The Stripe sandbox moves no money and refuses to run with NODE_ENV=production.");
  }
  for (const [name, prefix] of PREFIXES) {
    const value = options[name];
    if (value !== undefined && (!value.startsWith(prefix) || value.length === prefix.length)) {
      throw new Error(
        `The Stripe sandbox needs a ${name} that starts with "${prefix}"; it refuses live keys.`,
      );
    }
  }
  if (options.webhookUrl !== undefined && options.webhookSecret === undefined) {
    throw new Error("The Stripe sandbox needs a webhookSecret to sign what it sends to webhookUrl.");
  }
}
