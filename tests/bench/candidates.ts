import path from "node:path";
import { serviceUrl } from "../../shared/db/service-url";
import { startNats } from "../support/nats-server";
import { freePorts, NODE_OPTIONS, startProgram, startServiceProcess, statusOf } from "../support/processes";
import { eventually } from "../support/system";
import type { Database } from "./database";

/** A server in processes of its own. */
export interface Candidate {
  url: string;
  stop: () => Promise<void>;
}

/**
 * What our processes are told: nothing about what goes well, and a mail server that is away, so that no mail
 * is sent.
 */
export const QUIET = { LOG_LEVEL: "warn", SMTP_URL: "smtp://127.0.0.1:9" };

/** A Stripe that is away; without one, processes that share the work ask for keys. */
export const STRIPE = {
  STRIPE_SECRET_KEY: "sk_test_bench",
  STRIPE_PUBLISHABLE_KEY: "pk_test_bench",
  STRIPE_WEBHOOK_SECRET: "whsec_bench",
  STRIPE_API_BASE: "http://127.0.0.1:9",
};

/** Everything in one process, as `npm start` has it. */
export async function startOneProcess(db: Database): Promise<Candidate> {
  const [port = 0] = await freePorts(1);
  const started = await startServiceProcess({ ...QUIET, DATABASE_URL: db.url, PORT: String(port) });
  await started.ready();
  return { url: `http://127.0.0.1:${port}`, stop: () => started.kill() };
}

/** The gateway, invoicing, and all else, in a process each, over NATS. */
export async function startCluster(db: Database): Promise<Candidate> {
  const [port = 0] = await freePorts(1);
  const nats = await startNats();
  const env = { ...QUIET, ...STRIPE, DATABASE_URL: db.url, NATS_URL: nats.url, PORT: String(port) };
  const rest = "identity,catalog,subscriptions,payments,notifications,cron";
  const started = await Promise.all(
    [rest, "invoicing", "gateway"].map((SERVICES) => startServiceProcess({ ...env, SERVICES })),
  );
  await Promise.all(started.map((each) => each.ready()));
  const url = `http://127.0.0.1:${port}`;
  // Each is ready by itself; the gateway's word is that it has found the others.
  await eventually(async () => ((await statusOf(`${url}/ready`)) === 200 ? true : undefined));
  const stop = async () => {
    await Promise.all(started.map((each) => each.kill()));
    await nats.stop();
  };
  return { url, stop };
}

/** The least that could answer. */
export async function startBareKoa(db: Database, publicKey: string): Promise<Candidate> {
  const [port = 0] = await freePorts(1);
  const rival = startRival("bare-koa", db, { PUBLIC_KEY: publicKey, PORT: String(port) });
  await rival.says("ready");
  return { url: `http://127.0.0.1:${port}`, stop: () => rival.kill() };
}

/** Moleculer's own gateway and a service behind it, in a process each, over NATS. */
export async function startMoleculerWeb(db: Database, publicKey: string): Promise<Candidate> {
  const [port = 0] = await freePorts(1);
  const nats = await startNats();
  const env = { NATS_URL: nats.url, PUBLIC_KEY: publicKey, PORT: String(port) };
  const started = ["moleculer-web-invoices", "moleculer-web-gateway"].map((name) =>
    startRival(name, db, env),
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

function startRival(name: string, db: Database, env: Record<string, string>) {
  const file = path.join("tests/bench/rivals", `${name}.ts`);
  return startProgram(process.execPath, [...NODE_OPTIONS, file], {
    DATABASE_URL: serviceUrl(db.url, "invoicing"),
    ...env,
  });
}
