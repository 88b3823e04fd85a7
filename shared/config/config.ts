import { z } from "zod";
import { currencyCode } from "../money";
import { isTimeZone } from "../time";

/**
 * The names of all services, in the order in which one process starts them. The gateway comes last: it opens
 * the door.
 */
export const SERVICE_NAMES = [
  "identity",
  "catalog",
  "subscriptions",
  "invoicing",
  "payments",
  "notifications",
  "cron",
  "gateway",
] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

const port = z.coerce.number().int().min(0).max(65_535);
const flag = z.enum(["true", "false"]).transform((text) => text === "true");
const serviceList = z
  .string()
  .transform((text) =>
    text
      .split(",")
      .map((name) => name.trim())
      .filter(Boolean),
  )
  .pipe(z.array(z.enum(SERVICE_NAMES)).min(1));

const timeZone = z
  .string()
  .refine(isTimeZone, { error: "is not an IANA time zone, like UTC or Europe/Berlin" });

const postgresUrl = z
  .url({ protocol: /^postgres(ql)?$/ })
  .refine((url) => !URL.canParse(url) || new URL(url).password !== "", {
    error: "must carry a password: the passwords of the services' own database roles are derived from it",
  });

const environment = z.object({
  PORT: port.default(3000),
  HOST: z.string().default("127.0.0.1"),
  METRICS_PORT: port.optional(),
  DATABASE_URL: postgresUrl.optional(),
  DATA_DIR: z.string().default(".data"),
  NATS_URL: z.string().min(1).optional(),
  SERVICES: serviceList.default([...SERVICE_NAMES]),
  STAFF_USERNAME: z.string().min(1).optional(),
  STAFF_EMAIL: z.email().optional(),
  STAFF_PASSWORD: z.string().min(8).max(128).optional(),
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^(sk|rk)_(test|live)_/, "must start with sk_test_ or sk_live_")
    .optional(),
  STRIPE_PUBLISHABLE_KEY: z
    .string()
    .regex(/^pk_(test|live)_/, "must start with pk_test_ or pk_live_")
    .optional(),
  STRIPE_WEBHOOK_SECRET: z.string().startsWith("whsec_").optional(),
  STRIPE_API_BASE: z.url().optional(),
  STRIPE_JS_URL: z.url().optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  MAIL_FROM: z.string().default("billing@localhost"),
  DEFAULT_CURRENCY: currencyCode.default("usd"),
  INVOICE_DUE_DAYS: z.coerce.number().int().min(0).max(365).default(7),
  BILLING_TIMEZONE: timeZone.default("UTC"),
  TRUST_PROXY: flag.default(false),
  TEST_CLOCK: flag.default(false),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace"]).optional(),
  PUBLIC_URL: z.url().optional(),
});

/** A configuration that cannot be used. The message has one line per offending variable. */
export class ConfigError extends Error {}

/** For what kind of process the environment is read. */
export interface Purpose {
  /**
   * True for an operator's console: over NATS it runs no services, so it needs no Postgres, and it logs
   * warnings only.
   */
  operated?: boolean;
}

/**
 * Reads the configuration from environment variables; empty strings count as unset.
 * @param env the process's environment, or any other set of variables
 * @returns the parsed settings, see the README's table for each one's meaning
 * @throws ConfigError naming each variable that is malformed, missing its partner, or dangerous together with
 *   another
 */
export function loadConfig(env: Record<string, string | undefined>, { operated = false }: Purpose = {}) {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("\n"),
    );
  }
  const vars = parsed.data;
  const everything = SERVICE_NAMES.every((name) => vars.SERVICES.includes(name));
  const oneProcess = everything && vars.NATS_URL === undefined;
  const problems = [
    ...together(vars, ["STAFF_USERNAME", "STAFF_EMAIL", "STAFF_PASSWORD"]),
    ...together(vars, ["STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET"]),
    ...clusterProblems(vars, everything, operated),
  ];
  if (problems.length > 0) throw new ConfigError(problems.join("\n"));

  return {
    port: vars.PORT,
    host: vars.HOST,
    metrics: metricsPort(vars.METRICS_PORT, oneProcess),
    databaseUrl: vars.DATABASE_URL,
    dataDir: vars.DATA_DIR,
    natsUrl: vars.NATS_URL,
    services: vars.SERVICES,
    /** True when every service runs in this process, so that defaults which must not be shared are safe. */
    oneProcess,
    staff:
      vars.STAFF_USERNAME !== undefined && vars.STAFF_EMAIL !== undefined && vars.STAFF_PASSWORD !== undefined
        ? { username: vars.STAFF_USERNAME, email: vars.STAFF_EMAIL, password: vars.STAFF_PASSWORD }
        : undefined,
    stripe:
      vars.STRIPE_SECRET_KEY !== undefined &&
      vars.STRIPE_PUBLISHABLE_KEY !== undefined &&
      vars.STRIPE_WEBHOOK_SECRET !== undefined
        ? {
            secretKey: vars.STRIPE_SECRET_KEY,
            publishableKey: vars.STRIPE_PUBLISHABLE_KEY,
            webhookSecret: vars.STRIPE_WEBHOOK_SECRET,
          }
        : undefined,
    stripeApiBase: vars.STRIPE_API_BASE,
    stripeJsUrl: vars.STRIPE_JS_URL ?? "https://js.stripe.com/endive/stripe.js",
    smtpUrl: vars.SMTP_URL,
    mailFrom: vars.MAIL_FROM,
    defaultCurrency: vars.DEFAULT_CURRENCY,
    invoiceDueDays: vars.INVOICE_DUE_DAYS,
    billingTimezone: vars.BILLING_TIMEZONE,
    /**
     * Whether the last X-Forwarded-For address is the client's: true only behind a proxy of one's own that
     * sets it.
     */
    trustProxy: vars.TRUST_PROXY,
    testClock: vars.TEST_CLOCK,
    logLevel: vars.LOG_LEVEL ?? (operated ? "warn" : "info"),
    /** Where customers reach the gateway; links in mails start with it. */
    publicUrl: (vars.PUBLIC_URL ?? `http://${hostForUrls(vars.HOST)}:${vars.PORT}`).replace(/\/$/, ""),
    production: env.NODE_ENV === "production",
  };
}
export type Config = ReturnType<typeof loadConfig>;

type Variables = z.infer<typeof environment>;

function together(vars: Variables, names: (keyof Variables)[]): string[] {
  const missing = names.filter((name) => vars[name] === undefined);
  if (missing.length === 0 || missing.length === names.length) return [];
  return missing.map((name) => `${name}: is missing; ${names.join(", ")} go together`);
}

/**
 * One process has metrics unless it cannot have the usual port; of a cluster's processes only one on a
 * machine could.
 */
function metricsPort(
  wished: number | undefined,
  oneProcess: boolean,
): { port: number; wished: boolean } | undefined {
  if (wished !== undefined) return { port: wished, wished: true };
  return oneProcess ? { port: 3030, wished: false } : undefined;
}

function hostForUrls(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

function clusterProblems(vars: Variables, everything: boolean, operated: boolean): string[] {
  const problems: string[] = [];
  if (!everything && vars.NATS_URL === undefined) {
    problems.push("NATS_URL: is missing; services in separate processes talk over NATS");
  }
  if (vars.NATS_URL !== undefined && vars.DATABASE_URL === undefined && !operated) {
    problems.push(
      "DATABASE_URL: is missing; with NATS_URL set, the processes need a Postgres that all of them reach",
    );
  }
  if (
    vars.STRIPE_SECRET_KEY === undefined &&
    (vars.STRIPE_API_BASE !== undefined || vars.STRIPE_JS_URL !== undefined)
  ) {
    problems.push("STRIPE_SECRET_KEY: is missing; STRIPE_API_BASE and STRIPE_JS_URL are of use only with it");
  }
  return problems;
}
