import { readDatabases } from "./databases";
import { variables, type Variables } from "./environment";
import { ConfigError, parseVariables } from "./parse";
import { brokenRules } from "./rules";
import { SERVICE_NAMES } from "./service-names";

export { ConfigError } from "./parse";
export type { Databases, DatabaseUrls } from "./databases";
export { SCHEMAS, type Schema, SERVICE_NAMES, type ServiceName } from "./service-names";

/** What kind of process reads its configuration. */
export interface ConfigOptions {
  /** True for an operator's console: with NATS it needs no Postgres, and it logs only warnings by default. */
  forConsole?: boolean;
}

/**
 * Reads the configuration from environment variables. An empty variable counts as not set.
 * @param env the environment of the process, or any other set of variables
 * @returns the settings; the README's table says what each one means
 * @throws ConfigError naming each variable that is malformed or breaks a rule between variables
 */
export function loadConfig(
  env: Record<string, string | undefined>,
  { forConsole = false }: ConfigOptions = {},
) {
  const vars = parseVariables(variables, env);
  const allServices = SERVICE_NAMES.every((name) => vars.SERVICES.includes(name));
  const oneProcess = allServices && vars.NATS_URL === undefined;
  const { databases, broken: brokenUrls } = readDatabases(vars, {
    services: vars.SERVICES,
    needed: vars.NATS_URL !== undefined && !forConsole,
    embeddable: oneProcess,
  });
  const broken = [...brokenRules(vars, { allServices }), ...brokenUrls];
  if (broken.length > 0) throw new ConfigError(broken.join("\n"));

  return {
    port: vars.PORT,
    host: vars.HOST,
    metrics: metricsPort(vars.METRICS_PORT, oneProcess),
    databases,
    dataDir: vars.DATA_DIR,
    natsUrl: vars.NATS_URL,
    natsCaFile: vars.NATS_CA_FILE,
    services: vars.SERVICES,
    /** True when every service runs in this process; some defaults are only safe then. */
    oneProcess,
    staff: staffAccount(vars),
    /** Whether staff must sign in with a second factor. */
    staffTotp: vars.STAFF_TOTP,
    stripe: stripeKeys(vars),
    stripeApiBase: vars.STRIPE_API_BASE,
    stripeJsUrl: vars.STRIPE_JS_URL ?? "https://js.stripe.com/endive/stripe.js",
    smtpUrl: vars.SMTP_URL,
    mailFrom: vars.MAIL_FROM,
    seller: seller(vars),
    defaultCurrency: vars.DEFAULT_CURRENCY,
    invoiceDueDays: vars.INVOICE_DUE_DAYS,
    billingTimezone: vars.BILLING_TIMEZONE,
    /** How many accounts may be registered from one network address in an hour. */
    registrationsPerHour: vars.REGISTRATIONS_PER_HOUR,
    /** Whether users must confirm their email address before they subscribe. */
    emailConfirmation: vars.EMAIL_CONFIRMATION,
    /** Whether the client's address is the last one in X-Forwarded-For, which your own proxy sets. */
    trustProxy: vars.TRUST_PROXY,
    testClock: vars.TEST_CLOCK,
    logLevel: vars.LOG_LEVEL ?? (forConsole ? "warn" : "info"),
    /** Undefined: for people on a terminal, JSON elsewhere. */
    logFormat: vars.LOG_FORMAT,
    /** The gateway's address for customers, perhaps with a path; without a slash at the end. */
    publicUrl: (vars.PUBLIC_URL ?? `http://${hostInUrl(vars.HOST)}:${vars.PORT}`).replace(/\/+$/, ""),
    production: env.NODE_ENV === "production",
  };
}
export type Config = ReturnType<typeof loadConfig>;

/** One process has metrics by default. In a cluster, processes of one machine would want the same port. */
function metricsPort(
  port: number | undefined,
  oneProcess: boolean,
): { port: number; required: boolean } | undefined {
  if (port !== undefined) return { port, required: true };
  return oneProcess ? { port: 3030, required: false } : undefined;
}

function staffAccount({ STAFF_USERNAME: username, STAFF_EMAIL: email, STAFF_PASSWORD: password }: Variables) {
  if (username === undefined || email === undefined || password === undefined) return undefined;
  return { username, email, password };
}

/** Who sells: shown on the payment page and in mails. */
function seller({ SELLER_NAME: name, SELLER_ADDRESS, SELLER_LOGO: logoFile }: Variables) {
  const lines = (SELLER_ADDRESS ?? "").split(/\\n|\n/).map((line) => line.trim());
  return { name, address: lines.filter((line) => line !== ""), logoFile };
}

function stripeKeys(vars: Variables) {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_PUBLISHABLE_KEY: publishableKey } = vars;
  const { STRIPE_WEBHOOK_SECRET: webhookSecret } = vars;
  if (secretKey === undefined || publishableKey === undefined || webhookSecret === undefined)
    return undefined;
  return { secretKey, publishableKey, webhookSecret };
}

function hostInUrl(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
