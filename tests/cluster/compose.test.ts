import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { safeLoad } from "js-yaml";
import { scripts } from "../../package.json";
import { variables } from "../../shared/config/environment";
import { loadConfig, SCHEMAS, SERVICE_NAMES } from "../../shared/config/config";
import { schemaVariable } from "../../shared/config/databases";
import { urlOfRole } from "../../shared/db/service-url";
import { loadMigrationConfig } from "../../shared/config/migration";
import { makeSecrets } from "../../shared/process/secrets";
import { readSettings } from "../../services/stripe-sandbox/settings";

interface Container {
  image: string;
  profiles?: string[];
  environment?: Record<string, string>;
  command?: string[];
  ports?: string[];
  volumes?: string[];
  healthcheck: { test?: string[] };
  depends_on?: Record<string, { condition: string }>;
  stop_grace_period?: string;
}

const ROOT = path.resolve(__dirname, "../..");
const text = readFileSync(path.join(ROOT, "docker-compose.yml"), "utf8");
const compose = safeLoad(text) as { services: Record<string, Container>; volumes: Record<string, unknown> };
const dockerfile = readFileSync(path.join(ROOT, "Dockerfile"), "utf8");
const own = Object.entries(compose.services).filter(
  ([, { environment }]) => environment?.["SERVICES"] !== undefined,
);

/** A value as Compose sees it when only the variables without a default are set. */
const filledIn = (value: string, set = SET) =>
  value.replace(
    /\$\{(\w+):([?-])([^}]*)\}/g,
    (_, name: string, kind: string, rest: string) => set[name] ?? (kind === "-" ? rest : name),
  );
const made = [...makeSecrets(SERVICE_NAMES).env.matchAll(/^(\w+)=(.+)$/gm)];
const SET: Record<string, string> = {
  ...Object.fromEntries(made.map(([, name = "", value = ""]) => [name, value])),
  STRIPE_SECRET_KEY: "sk_test_1",
  STRIPE_PUBLISHABLE_KEY: "pk_test_1",
  STRIPE_WEBHOOK_SECRET: "whsec_1",
};

const environmentOf = (container: Container, set = SET) =>
  Object.fromEntries(
    Object.entries(container.environment ?? {}).map(([key, value]) => [key, filledIn(value, set)]),
  );

it("has a container for each service, for NATS, for Postgres, and for its migrations", () => {
  expect(own.map(([name]) => name).sort()).toEqual([...SERVICE_NAMES].sort());
  for (const [name, { environment }] of own) expect(environment?.["SERVICES"]).toBe(name);
  const others = ["console", "migrate", "nats", "postgres", "stripe-sandbox"];
  expect(Object.keys(compose.services).sort()).toEqual([...SERVICE_NAMES, ...others].sort());
  expect(compose.services["console"]?.profiles).toEqual(["console"]);
});

it("has the Stripe sandbox as a profile, with the keys that payments gets", () => {
  const sandbox = compose.services["stripe-sandbox"] as Container;
  expect(sandbox.profiles).toEqual(["sandbox"]);
  const { env } = makeSecrets(SERVICE_NAMES, { sandbox: true });
  const set = Object.fromEntries(
    [...env.matchAll(/^(\w+)=(.+)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
  expect(set["COMPOSE_PROFILES"]).toBe("sandbox");
  const { publicUrl, webhookSecret, ...settings } = readSettings(environmentOf(sandbox, set));
  const payments = loadConfig(environmentOf(compose.services["payments"] as Container, set));
  expect(payments.stripe).toEqual({
    secretKey: settings.secretKey,
    publishableKey: settings.publishableKey,
    webhookSecret,
  });
  expect(payments).toMatchObject({
    stripeApiBase: `http://stripe-sandbox:${settings.port}`,
    stripeJsUrl: `${publicUrl}/stripe.js`,
  });
  expect(settings).toMatchObject({ host: "0.0.0.0", webhookUrl: "http://gateway:3000/api/stripe/webhook/" });
});

it.each(own)(
  "gives %s a valid configuration, and starts it after NATS and the migrations",
  (name, container) => {
    const env = environmentOf(container);
    expect(loadConfig(env)).toMatchObject({
      services: [name],
      host: "0.0.0.0",
      metrics: { port: 3030 },
      oneProcess: false,
    });
    expect(container.depends_on).toEqual({
      nats: { condition: "service_healthy" },
      migrate: { condition: "service_completed_successfully" },
    });
    expect(container.stop_grace_period).toBe("15s");
  },
);

it("gives each service the URL of its own role alone, and the administrator's only to migrate", () => {
  const migrate = compose.services["migrate"] as Container;
  const { adminUrl, passwordOf } = loadMigrationConfig(environmentOf(migrate));
  expect(migrate.depends_on).toEqual({ postgres: { condition: "service_healthy" } });
  for (const [name, container] of own) {
    const schema = SCHEMAS.find((each) => each === name);
    const url = schema && urlOfRole(adminUrl, schema, passwordOf(schema) ?? "");
    expect([name, loadConfig(environmentOf(container)).databases]).toEqual([
      name,
      { kind: "services", urls: schema === undefined ? {} : { [schema]: url } },
    ]);
    expect(JSON.stringify(container)).not.toMatch(/POSTGRES_PASSWORD|ADMIN_DATABASE_URL/);
    const passwords = JSON.stringify(container).match(/DATABASE_PASSWORD_\w+/g) ?? [];
    expect(passwords).toEqual(schema === undefined ? [] : [schemaVariable("DATABASE_PASSWORD", schema)]);
  }
});

it("passes on every variable, except those that it does not use", () => {
  const given = own.flatMap(([, { environment = {} }]) => Object.keys(environment));
  const missing = Object.keys(variables.shape).filter(
    (name) => !given.includes(name) && !name.startsWith("DATABASE_URL_"),
  );
  expect(missing.sort()).toEqual(["DATA_DIR", "NATS_CA_FILE"]);
});

it("gives each container its own NATS user, and NATS the generated configuration", () => {
  const users = [...own.map(([name]) => name), "console"];
  const passwords = users.map((name) => {
    const url = filledIn(compose.services[name]?.environment?.["NATS_URL"] ?? "");
    const [, user, password = ""] = /^nats:\/\/(\w+):([0-9a-f]{64})@nats:4222$/.exec(url) ?? [];
    expect(user).toBe(name);
    return password;
  });
  expect(new Set(passwords).size).toBe(users.length);
  expect(compose.services["nats"]).toMatchObject({
    command: ["--config", "/etc/nats.conf"],
    volumes: ["./nats.conf:/etc/nats.conf:ro"],
    healthcheck: { test: ["CMD", "nc", "-z", "127.0.0.1", "4222"] },
  });
});

it("publishes only the gateway and the sandbox, and only to this machine", () => {
  const published = Object.entries(compose.services).filter(([, { ports }]) => ports !== undefined);
  expect(published.map(([name, { ports }]) => [name, ports?.map((port) => filledIn(port))])).toEqual([
    ["gateway", ["127.0.0.1:3000:3000"]],
    ["stripe-sandbox", ["127.0.0.1:12111:12111"]],
  ]);
});

it("contains no secret: each one must be set in the environment", () => {
  const values = Object.values(compose.services).flatMap(({ environment = {}, command = [] }) => [
    ...Object.values(environment),
    ...command,
  ]);
  const secret = /\$\{(\w*(PASSWORD|SECRET|KEY)\w*):([^}]*)\}/g;
  const found = values.flatMap((value) =>
    [...value.matchAll(secret)].map(([, name, , rule]) => ({ name, rule })),
  );
  expect(found.length).toBeGreaterThan(10);
  // STAFF_PASSWORD may be empty: then there is no first staff account.
  expect(
    found.filter(({ name, rule = "" }) => !/^\?./.test(rule) && !(name === "STAFF_PASSWORD" && rule === "-")),
  ).toEqual([]);
  expect(text).not.toMatch(/(PASSWORD|SECRET_KEY|_SECRET): (?!\$\{)/);
});

it("keeps the data in a named volume, with Postgres 18 and NATS 2.12.7 or newer", () => {
  const { postgres, nats } = compose.services;
  expect(postgres?.volumes).toEqual(["postgres-data:/var/lib/postgresql"]);
  expect(Object.keys(compose.volumes)).toEqual(["postgres-data", "sandbox-data"]);
  expect(postgres?.image).toBe("postgres:18");
  const version =
    /^nats:(\d+)\.(\d+)\.(\d+)-alpine$/
      .exec(nats?.image ?? "")
      ?.slice(1)
      .map(Number) ?? [];
  expect(version.map((part) => String(part).padStart(4, "0")).join(".") >= "0002.0012.0007").toBe(true);
});

it("checks the health of every container, of our services with /ready", () => {
  for (const name of ["postgres", "nats"]) expect(compose.services[name]?.healthcheck.test?.[0]).toBe("CMD");
  expect(dockerfile).toMatch(/^HEALTHCHECK .*\\\n {2}CMD \["node".*\/ready/m);
});

it("builds an image that does not run as root and receives signals directly", () => {
  expect(dockerfile).toMatch(/^USER node$/m);
  const command = /^CMD (\[.+\])$/m.exec(dockerfile)?.[1] ?? "[]";
  expect(`exec ${(JSON.parse(command) as string[]).join(" ")}`).toBe(scripts.start);
  expect(dockerfile).toContain("npm ci --omit=dev");
  const copied = [...dockerfile.matchAll(/^COPY (.+) \S+$/gm)].flatMap(
    ([, sources]) => sources?.split(" ") ?? [],
  );
  expect(copied.filter((source) => !existsSync(path.join(ROOT, source)))).toEqual([]);
  const ignored = readFileSync(path.join(ROOT, ".dockerignore"), "utf8");
  for (const source of copied) expect(ignored).toContain(`!${source}\n`);
});
