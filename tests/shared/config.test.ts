import { variables, type Variables } from "../../shared/config/environment";
import { ConfigError, loadConfig, SCHEMAS, SERVICE_NAMES } from "../../shared/config/config";
import { oncePerSchema } from "../../shared/config/databases";
import { loadMigrationConfig } from "../../shared/config/migration";

const DATABASE_URL = "postgresql://admin:secret@db/billing";
const NATS_URL = "nats://nats:4222";
const STRIPE = {
  STRIPE_SECRET_KEY: "sk_test_1",
  STRIPE_PUBLISHABLE_KEY: "pk_test_1",
  STRIPE_WEBHOOK_SECRET: "whsec_1",
};

function refusal(env: Record<string, string>): string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
  throw new Error("was not refused");
}

it("needs nothing at all for the whole system in one process", () => {
  expect(loadConfig({})).toMatchObject({
    port: 3000,
    host: "127.0.0.1",
    dataDir: ".data",
    databases: { kind: "embedded" },
    natsUrl: undefined,
    services: SERVICE_NAMES,
    oneProcess: true,
    metrics: { port: 3030, required: false },
    publicUrl: "http://127.0.0.1:3000",
    defaultCurrency: "usd",
    invoiceDueDays: 7,
    billingTimezone: "UTC",
    testClock: false,
    logLevel: "info",
    staff: undefined,
    stripe: undefined,
  });
});

it("has a setting for each variable", () => {
  const cluster = { DATABASE_URL, NATS_URL: "tls://nats:4222", STAFF_EMAIL: "a@example.com", ...STRIPE };
  const base = {
    SELLER_NAME: "Example",
    ...cluster,
    STAFF_USERNAME: "boss",
    STAFF_PASSWORD: "correct horse",
  };
  // A new variable does not compile until it has a value here that is not its default.
  const other: Record<keyof Variables, string> = {
    PORT: "1",
    HOST: "::1",
    METRICS_PORT: "2",
    DATABASE_URL: `${DATABASE_URL}2`,
    ...oncePerSchema("DATABASE_URL", "postgresql://role:secret@db/own"),
    DATA_DIR: "books",
    NATS_URL: "tls://nats:4223",
    NATS_CA_FILE: "ca.pem",
    SERVICES: "cron",
    STAFF_USERNAME: "chief",
    STAFF_EMAIL: "b@example.com",
    STAFF_PASSWORD: "correct donkey",
    STAFF_TOTP: "required",
    STRIPE_SECRET_KEY: "sk_test_2",
    STRIPE_PUBLISHABLE_KEY: "pk_test_2",
    STRIPE_WEBHOOK_SECRET: "whsec_2",
    STRIPE_API_BASE: "http://localhost:1",
    STRIPE_JS_URL: "http://localhost:1/stripe.js",
    SMTP_URL: "smtp://mail",
    MAIL_FROM: "billing@example.com",
    DEFAULT_CURRENCY: "eur",
    INVOICE_DUE_DAYS: "14",
    BILLING_TIMEZONE: "Europe/Berlin",
    REGISTRATIONS_PER_HOUR: "200",
    EMAIL_CONFIRMATION: "required",
    TRUST_PROXY: "true",
    TEST_CLOCK: "true",
    LOG_LEVEL: "debug",
    LOG_FORMAT: "json",
    SELLER_NAME: "Example Inc.",
    SELLER_ADDRESS: "1 Main Street",
    SELLER_LOGO: "logo.svg",
    PUBLIC_URL: "https://billing.example.com",
  };
  expect(Object.keys(other)).toEqual(Object.keys(variables.shape));
  for (const [name, value] of Object.entries(other)) {
    const settings = loadConfig({ ...base, [name]: value });
    expect([name, settings]).not.toEqual([name, loadConfig(base)]);
  }
});

it("takes an empty variable for one that is not set", () => {
  expect(loadConfig({ PORT: "", STAFF_USERNAME: "", SMTP_URL: "" })).toEqual(loadConfig({}));
});

it("passes over variables of others", () => {
  expect(loadConfig({ EDITOR: "ed" })).toEqual(loadConfig({}));
});

it.each([
  [{ PORT: "door" }, "PORT: "],
  [{ PORT: "65536" }, "PORT: "],
  [{ METRICS_PORT: "-1" }, "METRICS_PORT: "],
  [{ DATABASE_URL: "mysql://a:b@c/d" }, "DATABASE_URL: "],
  [{ DATABASE_URL: "postgresql://admin@db/billing" }, "DATABASE_URL: must carry a password"],
  [{ SERVICES: "invoicing,invoices" }, "SERVICES.1: "],
  [{ SERVICES: "," }, "SERVICES: "],
  [{ STRIPE_SECRET_KEY: "pk_test_1" }, "STRIPE_SECRET_KEY: must start with sk_test_ or sk_live_"],
  [{ STAFF_EMAIL: "nobody" }, "STAFF_EMAIL: "],
  [{ STAFF_PASSWORD: "short" }, "STAFF_PASSWORD: "],
  [{ STAFF_TOTP: "true" }, "STAFF_TOTP: "],
  [{ SMTP_URL: "http://mail" }, "SMTP_URL: "],
  [{ DEFAULT_CURRENCY: "USD" }, "DEFAULT_CURRENCY: must be a lower-case ISO 4217 code"],
  [{ INVOICE_DUE_DAYS: "1.5" }, "INVOICE_DUE_DAYS: "],
  [{ REGISTRATIONS_PER_HOUR: "0" }, "REGISTRATIONS_PER_HOUR: "],
  [{ BILLING_TIMEZONE: "Europe/Atlantis" }, "BILLING_TIMEZONE: is not an IANA time zone"],
  [{ TEST_CLOCK: "yes" }, "TEST_CLOCK: "],
  [{ LOG_LEVEL: "loud" }, "LOG_LEVEL: "],
  [{ LOG_FORMAT: "xml" }, "LOG_FORMAT: "],
  [{ PUBLIC_URL: "billing.example.com" }, "PUBLIC_URL: "],
])("refuses %j, naming the variable", (env, message) => {
  expect(refusal(env)).toEqual([expect.stringContaining(message)]);
});

it("names every variable that is wrong, each in a line, and no secret", () => {
  const lines = refusal({
    PORT: "door",
    LOG_LEVEL: "loud",
    STRIPE_SECRET_KEY: "s3cret",
    DATABASE_URL: "mysql://s3cret@db",
  });
  expect(lines.map((line) => line.split(":")[0])).toEqual([
    "PORT",
    "DATABASE_URL",
    "STRIPE_SECRET_KEY",
    "LOG_LEVEL",
  ]);
  expect(lines.join()).not.toContain("s3cret");
});

it.each([
  [{ STAFF_USERNAME: "boss" }, ["STAFF_EMAIL", "STAFF_PASSWORD"]],
  [{ ...STRIPE, STRIPE_WEBHOOK_SECRET: "" }, ["STRIPE_WEBHOOK_SECRET"]],
])("refuses %j without what goes with it", (env, missing) => {
  expect(refusal(env)).toEqual(missing.map((name) => expect.stringContaining(`${name}: is missing`)));
});

it("refuses settings of Stripe that nothing would use", () => {
  expect(refusal({ STRIPE_API_BASE: "http://localhost:1" })).toEqual([
    expect.stringContaining("STRIPE_SECRET_KEY: is missing"),
  ]);
});

it("sends a live key and real cards nowhere but to Stripe", () => {
  const live = {
    STRIPE_SECRET_KEY: "sk_live_1",
    STRIPE_PUBLISHABLE_KEY: "pk_live_1",
    STRIPE_WEBHOOK_SECRET: "whsec_1",
  };
  const elsewhere = {
    STRIPE_API_BASE: "http://localhost:1",
    STRIPE_JS_URL: "https://js.stripe.com.evil/x.js",
  };
  expect(refusal({ ...live, ...elsewhere })).toEqual([
    expect.stringContaining("STRIPE_API_BASE: is not Stripe's"),
    expect.stringContaining("STRIPE_JS_URL: is not Stripe's"),
  ]);
  const stripe = { STRIPE_API_BASE: "https://api.stripe.com", STRIPE_JS_URL: "https://js.stripe.com/v3/" };
  expect(loadConfig({ ...live, ...stripe }).stripeApiBase).toBe("https://api.stripe.com");
});

it("needs NATS for a process with some of the services, and with NATS a DATABASE_URL", () => {
  expect(refusal({ SERVICES: "invoicing" })).toEqual([expect.stringContaining("NATS_URL: is missing")]);
  expect(refusal({ SERVICES: "invoicing", NATS_URL })).toEqual([
    expect.stringContaining("DATABASE_URL: is missing"),
  ]);
  expect(refusal({ NATS_URL })).toEqual([expect.stringContaining("DATABASE_URL: is missing")]);
  expect(loadConfig({ SERVICES: " invoicing , gateway", NATS_URL, DATABASE_URL })).toMatchObject({
    services: ["invoicing", "gateway"],
    oneProcess: false,
    metrics: undefined,
  });
});

describe("the databases of a process", () => {
  const url = (schema: string) => `postgresql://billing_${schema}@${schema}/billing`;
  const databasesOf = (env: Record<string, string>) => loadConfig({ NATS_URL, ...env }).databases;

  it("with one service: DATABASE_URL is that of its role, and a variable of its own wins", () => {
    const urls = { cron: url("cron") };
    expect(databasesOf({ SERVICES: "cron", DATABASE_URL: url("cron") })).toEqual({ kind: "services", urls });
    expect(databasesOf({ SERVICES: "cron,gateway", DATABASE_URL, DATABASE_URL_CRON: url("cron") })).toEqual({
      kind: "services",
      urls,
    });
  });

  it("with several services: one URL for each", () => {
    const SERVICES = "catalog,cron";
    const DATABASE_URL_CATALOG = url("catalog");
    const DATABASE_URL_CRON = url("cron");
    expect(databasesOf({ SERVICES, DATABASE_URL_CATALOG, DATABASE_URL_CRON })).toEqual({
      kind: "services",
      urls: { catalog: url("catalog"), cron: url("cron") },
    });
    expect(refusal({ SERVICES, NATS_URL, DATABASE_URL, DATABASE_URL_CATALOG })).toEqual([
      expect.stringContaining("DATABASE_URL_CRON: is missing"),
    ]);
  });

  it("with all services: DATABASE_URL is the administrator's, except for those with their own", () => {
    expect(databasesOf({ DATABASE_URL, DATABASE_URL_CRON: url("cron") })).toEqual({
      kind: "administrator",
      adminUrl: DATABASE_URL,
      urls: { cron: url("cron") },
    });
  });

  it("with the gateway alone: none, and none of other services' URLs", () => {
    const DATABASE_URL_CRON = url("cron");
    expect(databasesOf({ SERVICES: "gateway", DATABASE_URL_CRON })).toEqual({ kind: "services", urls: {} });
  });
});

describe("the configuration of npm run migrate", () => {
  const migration = (env: Record<string, string>) => {
    try {
      const { adminUrl, schemas, passwordOf } = loadMigrationConfig(env);
      return { adminUrl, schemas, cron: passwordOf("cron") };
    } catch (error) {
      return (error as ConfigError).message;
    }
  };

  it("is the administrator's URL, and, where wanted, some services and passwords", () => {
    const ADMIN_DATABASE_URL = DATABASE_URL;
    expect(migration({ ADMIN_DATABASE_URL })).toEqual({ adminUrl: DATABASE_URL, schemas: SCHEMAS });
    const DATABASE_PASSWORD_CRON = "0123456789abcdef";
    expect(migration({ ADMIN_DATABASE_URL, DATABASE_PASSWORD_CRON, SERVICES: "cron,gateway" })).toEqual({
      adminUrl: DATABASE_URL,
      schemas: ["cron"],
      cron: DATABASE_PASSWORD_CRON,
    });
  });

  it("is refused without the URL, and with a password that does not fit into one", () => {
    expect(migration({})).toContain("ADMIN_DATABASE_URL: is missing");
    for (const DATABASE_PASSWORD_CRON of ["short", "a long one with @ and /"])
      expect(migration({ ADMIN_DATABASE_URL: DATABASE_URL, DATABASE_PASSWORD_CRON })).toContain(
        "DATABASE_PASSWORD_CRON: must have at least 16 characters",
      );
  });
});

it("has metrics where they are asked for, and then must have that port", () => {
  expect(loadConfig({ NATS_URL, DATABASE_URL, METRICS_PORT: "9100" }).metrics).toEqual({
    port: 9100,
    required: true,
  });
  expect(loadConfig({ METRICS_PORT: "3030" }).metrics).toEqual({ port: 3030, required: true });
});

it("needs no Postgres for an operator's console over NATS, which keeps quiet", () => {
  expect(loadConfig({ NATS_URL }, { forConsole: true })).toMatchObject({
    natsUrl: NATS_URL,
    logLevel: "warn",
  });
  expect(loadConfig({ NATS_URL, LOG_LEVEL: "debug" }, { forConsole: true }).logLevel).toBe("debug");
});

it.each([
  [{ PORT: "8080" }, "http://127.0.0.1:8080"],
  [{ HOST: "0.0.0.0" }, "http://localhost:3000"],
  [{ HOST: "::1" }, "http://[::1]:3000"],
  [{ PUBLIC_URL: "https://billing.example.com/" }, "https://billing.example.com"],
])("with %j customers reach us at %s", (env, url) => {
  expect(loadConfig(env).publicUrl).toBe(url);
});

test.each([
  "nats:4222",
  "nats://a:b@one:4222, tls://two:4222",
  "nats://token@nats",
  "nats://cron:a%2Fb@nats",
])("NATS_URL %j can be used", (url) => {
  expect(loadConfig({ SERVICES: "gateway", NATS_URL: url }).natsUrl).toBe(url);
});

test.each(["nats://cron:secret@[nats", "nats://cron:secret%zz@nats", "nats://cron:secret@nats,"])(
  "NATS_URL %j is refused, and not repeated",
  (url) => {
    expect(refusal({ SERVICES: "gateway", NATS_URL: url })).toEqual([
      "NATS_URL: must be a URL, such as nats://user:password@host:4222",
    ]);
  },
);
