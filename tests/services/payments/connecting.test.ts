import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { LoggerConfig } from "moleculer";
import { startSandbox, type Sandbox } from "../../../services/stripe-sandbox";
import { connectStripe } from "../../../services/payments/stripe/connect";
import { keysOfDataDir } from "../../../services/payments/stripe/sandbox-keys";
import { loadConfig } from "../../../shared/config/config";
import { startSystem, type System } from "../../support/system";
import { fakeInvoicing, startPayments } from "./payments-system";

const TEST_KEYS = {
  STRIPE_SECRET_KEY: "sk_test_ours",
  STRIPE_PUBLISHABLE_KEY: "pk_test_ours",
  STRIPE_WEBHOOK_SECRET: "whsec_ours",
};

describe("which Stripe is used", () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ services: ["payments"], env: TEST_KEYS });
  });
  afterAll(() => system.stop());

  const connect = (env: Record<string, string>) => {
    const config = loadConfig({ DATABASE_URL: system.databaseUrl, PORT: "0", ...env });
    return connectStripe({ broker: system.broker, log: system.broker.logger, config });
  };

  test("with keys it is Stripe, or the server at STRIPE_API_BASE", async () => {
    expect(await system.call("payments.getPageSettings", {})).toEqual({
      publishable_key: "pk_test_ours",
      stripe_js_url: "https://js.stripe.com/endive/stripe.js",
      sandbox: true,
    });
    const { tools } = await connect(TEST_KEYS);
    expect(tools).toMatchObject({ livemode: false, sandbox: undefined });
    expect(tools.stripe.sdk.getApiField("host")).toBe("api.stripe.com");
    expect(tools.stripe.sdk.getApiField("version")).toBe("2026-10-28.endive");
    const elsewhere = await connect({ ...TEST_KEYS, STRIPE_API_BASE: "http://127.0.0.1:12111" });
    expect(elsewhere.tools.stripe.sdk.getApiField("port")).toBe(12_111);
    expect(elsewhere.tools.stripe.sdk.getApiField("protocol")).toBe("http");
  });

  test("live keys are live, and keys of different modes are refused", async () => {
    const live = { ...TEST_KEYS, STRIPE_SECRET_KEY: "rk_live_x", STRIPE_PUBLISHABLE_KEY: "pk_live_x" };
    expect((await connect(live)).tools.livemode).toBe(true);
    for (const mixed of [
      { ...live, STRIPE_PUBLISHABLE_KEY: "pk_test_x" },
      { ...TEST_KEYS, STRIPE_PUBLISHABLE_KEY: "pk_live_x" },
    ]) {
      await expect(connect(mixed)).rejects.toThrow("STRIPE_PUBLISHABLE_KEY: is of another mode");
    }
  });

  test("without keys it is refused in production and in a cluster", async () => {
    const inProduction = connect({ NODE_ENV: "production" });
    await expect(inProduction).rejects.toThrow("sandbox is not for production; set STRIPE_SECRET_KEY");
    const inCluster = connect({ NATS_URL: "nats://127.0.0.1:4222" });
    await expect(inCluster).rejects.toThrow("sandbox serves one process only; set STRIPE_SECRET_KEY");
  });
});

test("with the embedded Postgres, the sandbox's keys and state survive a restart", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sandbox-state-"));
  const system = await startSystem({ services: [] });
  const connect = () =>
    connectStripe({
      broker: system.broker,
      log: system.broker.logger,
      config: loadConfig({ DATA_DIR: folder, PORT: "0" }),
    });
  const first = await connect();
  const { id } = await first.tools.stripe.sdk.paymentIntents.create({ amount: 500, currency: "usd" });
  await first.stop?.();
  const second = await connect();
  expect(second.tools.publishableKey).toBe(first.tools.publishableKey);
  expect(await second.tools.stripe.findIntent(id)).toMatchObject({ amount: 500 });
  for (const file of await readdir(folder)) expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
  await second.stop?.();
  await system.stop();
  await rm(folder, { recursive: true });
});

describe("the sandbox's keys", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sandbox-keys-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("are random for each data folder, stay in it, and are readable by the owner only", async () => {
    const first = await keysOfDataDir(join(folder, "a"));
    expect(first).toEqual({
      secretKey: expect.stringMatching(/^sk_test_[0-9a-f]{48}$/),
      publishableKey: expect.stringMatching(/^pk_test_[0-9a-f]{48}$/),
      webhookSecret: expect.stringMatching(/^whsec_[0-9a-f]{48}$/),
    });
    expect(await keysOfDataDir(join(folder, "a"))).toEqual(first);
    expect(await keysOfDataDir(join(folder, "b"))).not.toEqual(first);
    const file = join(folder, "a", "stripe-sandbox-keys.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(first);
  });

  test("are not read from a file with other content", async () => {
    const foreign = JSON.stringify({
      secretKey: "sk_live_x",
      publishableKey: "pk_live_x",
      webhookSecret: "whsec_x",
    });
    await writeFile(join(folder, "stripe-sandbox-keys.json"), foreign);
    await expect(keysOfDataDir(folder)).rejects.toThrow("does not hold valid sandbox keys");
  });
});

test("no key, client secret, signature or card number is logged, even at the lowest level", async () => {
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk, _encoding, done) => (lines.push(String(chunk)), done()),
  });
  const logger: LoggerConfig = {
    type: "Pino",
    options: { level: "trace", pino: { options: { level: "trace" }, destination } },
  };
  const system = await startPayments({ broker: { logger, logLevel: "trace" } });
  await system.receiveWebhooks();
  const { sdk, webhookSecret } = system.sandbox.stripe;
  const invoice = system.owe();
  const intent = await system.call("payments.createPaymentIntent", { invoice: invoice.id });
  await system.payWith("pm_card_chargeDeclined", intent);
  await system.call("payments.confirmPayment", { invoice: invoice.id }).catch(() => undefined);
  const signature = sdk.webhooks.generateTestHeaderString({ payload: "{}", secret: "whsec_wrong" });
  await system.call("payments.receiveWebhook", { body: "{}", signature }).catch(() => undefined);
  const fault = system.sandbox.faults.next("error_500", { times: 20 });
  await system.call("payments.confirmPayment", { invoice: invoice.id }).catch(() => undefined);
  await system.call("payments.createPaymentIntent", { invoice: system.owe().id }).catch(() => undefined);
  fault.release();
  await system.payWith("pm_card_visa", intent);
  await system.call("payments.confirmPayment", { invoice: invoice.id });
  await system.sandbox.webhooks.idle();
  await system.stop();

  const log = lines.join("");
  expect(log).toContain("Stripe did not");
  const secrets = [
    intent.client_secret,
    intent.publishable_key,
    webhookSecret,
    signature,
    "4242424242424242",
  ];
  for (const secret of [...secrets, "sk_test_", "whsec_", "v1=", "_secret_"])
    expect(log).not.toContain(secret);
});

describe("an idempotency key for which Stripe repeats an old error", () => {
  let sandbox: Sandbox;
  let proxy: Server;
  let system: System;
  const invoicing = fakeInvoicing();
  /** While set: the proxy's answer to requests with the key of a first attempt. */
  let answersLost: "after acting" | "before acting" | undefined;

  beforeAll(async () => {
    sandbox = await startSandbox({
      secretKey: TEST_KEYS.STRIPE_SECRET_KEY,
      publishableKey: TEST_KEYS.STRIPE_PUBLISHABLE_KEY,
    });
    proxy = createServer((request, response) => void pass(request, response));
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const STRIPE_API_BASE = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    system = await startSystem({ services: ["payments"], env: { ...TEST_KEYS, STRIPE_API_BASE } });
    system.broker.createService(invoicing.schema);
    await system.broker.waitForServices("invoicing");
  });
  afterAll(async () => {
    await system.stop();
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
    await sandbox.stop();
  });

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const firstAttempt = String(request.headers["idempotency-key"]).endsWith(":1");
    if (firstAttempt && answersLost === "before acting") return failAgain(response);
    const headers = new Headers();
    for (const name of ["authorization", "content-type", "idempotency-key", "stripe-version"]) {
      const value = request.headers[name];
      if (typeof value === "string") headers.set(name, value);
    }
    const { method = "GET", url = "/" } = request;
    const body = method === "POST" ? { body: Buffer.concat(chunks) } : {};
    const answer = await fetch(`http://127.0.0.1:${sandbox.port}${url}`, { method, headers, ...body });
    if (firstAttempt && answersLost === "after acting") return failAgain(response);
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  }

  function failAgain(response: ServerResponse): void {
    const headers = {
      "content-type": "application/json",
      "idempotent-replayed": "true",
      "stripe-should-retry": "false",
    };
    response.writeHead(500, headers);
    response.end(JSON.stringify({ error: { type: "api_error", message: "An unknown error occurred." } }));
  }

  test.each([
    { lost: "before acting" as const, payments: [{ status: "failed" }, { status: "open" }] },
    { lost: "after acting" as const, payments: [{ status: "open" }] },
  ])("is given up for another attempt, unless an intent was made ($lost)", async ({ lost, payments }) => {
    const invoice = invoicing.owe();
    answersLost = lost;
    const { payment_intent_id } = await system.call("payments.createPaymentIntent", {
      invoice: invoice.id,
    });
    answersLost = undefined;
    const table = system.db("payments")<Record<string, unknown>>("payments");
    const rows = await table.where({ invoice_id: invoice.id }).orderBy("attempt");
    expect(rows).toMatchObject(payments);
    expect(rows.at(-1)).toMatchObject({ stripe_payment_intent_id: payment_intent_id });
    expect(await system.call("payments.createPaymentIntent", { invoice: invoice.id })).toMatchObject({
      payment_intent_id,
    });
  });

  test("an unknown invoice never reaches Stripe", async () => {
    answersLost = "before acting";
    await expect(
      system.call("payments.createPaymentIntent", { invoice: randomUUID() }),
    ).rejects.toMatchObject({ code: 404 });
    answersLost = undefined;
  });
});
