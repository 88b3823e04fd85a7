import { databaseVariables } from "../support/database-variables";
import path from "node:path";
import { serviceUrl } from "../../shared/db/service-url";
import { startNats, startPlainNats } from "../support/nats-server";
import { freePorts, NODE_OPTIONS, startProgram, startServiceProcess, statusOf } from "../support/processes";
import { eventually } from "../support/system";
import type { Database } from "./database";

/** A server that runs in its own processes. */
export interface Server {
  url: string;
  stop: () => Promise<void>;
}

/** Our processes log warnings only, and send no mail: the mail server does not exist. */
export const QUIET_ENV = { LOG_LEVEL: "warn", SMTP_URL: "smtp://127.0.0.1:9" };

/** A Stripe that does not exist. Processes that run only some services require its keys. */
export const STRIPE_ENV = {
  STRIPE_SECRET_KEY: "sk_test_bench",
  STRIPE_PUBLISHABLE_KEY: "pk_test_bench",
  STRIPE_WEBHOOK_SECRET: "whsec_bench",
  STRIPE_API_BASE: "http://127.0.0.1:9",
};

/** Everything in one process, as with `npm start`. */
export async function startOneProcess(db: Database): Promise<Server> {
  const [port = 0] = await freePorts(1);
  const started = await startServiceProcess({ ...QUIET_ENV, DATABASE_URL: db.url, PORT: String(port) });
  await started.ready();
  return { url: `http://127.0.0.1:${port}`, stop: () => started.kill() };
}

/**
 * Three processes over NATS: the gateway, invoicing, and all other services.
 * @param variables more environment variables
 */
export async function startCluster(
  db: Database,
  variables: Record<string, string> = {},
): Promise<Server & { natsUrlFor: (services: string) => string }> {
  const [port = 0] = await freePorts(1);
  const rest = "identity,catalog,subscriptions,payments,notifications,cron";
  const nats = await startNats([rest]);
  const env = {
    ...QUIET_ENV,
    ...STRIPE_ENV,
    ...databaseVariables(db.url),
    ...variables,
    PORT: String(port),
  };
  const started = await Promise.all(
    [rest, "invoicing", "gateway"].map((SERVICES) =>
      startServiceProcess({ ...env, SERVICES, NATS_URL: nats.urlFor(SERVICES) }),
    ),
  );
  await Promise.all(started.map((each) => each.ready()));
  const url = `http://127.0.0.1:${port}`;
  // /ready of the gateway's API answers 200 once it has found the other services.
  await eventually(async () => ((await statusOf(`${url}/ready`)) === 200 ? true : undefined));
  const stop = async () => {
    await Promise.all(started.map((each) => each.kill()));
    await nats.stop();
  };
  return { url, stop, natsUrlFor: (services) => nats.urlFor(services) };
}

/** The least code that can answer the request. */
export async function startBareKoa(db: Database, publicKey: string): Promise<Server> {
  const [port = 0] = await freePorts(1);
  const server = startReferenceServer("bare-koa", db, { PUBLIC_KEY: publicKey, PORT: String(port) });
  await server.says("ready");
  return { url: `http://127.0.0.1:${port}`, stop: () => server.kill() };
}

/** The least code that can answer for entitlements. */
export async function startBareEntitlements(db: Database): Promise<Server> {
  const [port = 0] = await freePorts(1);
  const server = startReferenceServer("bare-entitlements", db, {
    DATABASE_URL: serviceUrl(db.url, "subscriptions"),
    IDENTITY_URL: serviceUrl(db.url, "identity"),
    PORT: String(port),
  });
  await server.says("ready");
  return { url: `http://127.0.0.1:${port}`, stop: () => server.kill() };
}

/** Moleculer's own gateway and a service behind it, each in its own process, over NATS. */
export async function startMoleculerWeb(db: Database, publicKey: string): Promise<Server> {
  const [port = 0] = await freePorts(1);
  const nats = await startPlainNats();
  const env = { NATS_URL: nats.urlFor(""), PUBLIC_KEY: publicKey, PORT: String(port) };
  const started = ["moleculer-web-invoices", "moleculer-web-gateway"].map((name) =>
    startReferenceServer(name, db, env),
  );
  await Promise.all(started.map((each) => each.says("ready")));
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => ((await statusOf(url)) === undefined ? undefined : true));
  const stop = async () => {
    await Promise.all(started.map((each) => each.kill()));
    await nats.stop();
  };
  return { url, stop };
}

function startReferenceServer(name: string, db: Database, env: Record<string, string>) {
  const file = path.join("tests/bench/reference-servers", `${name}.ts`);
  return startProgram(process.execPath, [...NODE_OPTIONS, file], {
    DATABASE_URL: serviceUrl(db.url, "invoicing"),
    ...env,
  });
}
