import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Stripe from "stripe";
import type { Sandbox, SandboxOptions } from "../../../services/stripe-sandbox";
import { INTENT, Receiver, WEBHOOK_SECRET, errorOf, sdkFor, startTestSandbox } from "./support";

/** The events of a payment that goes through at once. */
const PAID = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"];

let receiver: Receiver;
let webhookUrl: string;
let sandbox: Sandbox;
let stripe: Stripe;
let folder: string;

async function start(options: Partial<SandboxOptions> = {}): Promise<void> {
  sandbox = await startTestSandbox({
    webhookUrl,
    webhookSecret: WEBHOOK_SECRET,
    retryDelaysMs: [5, 5, 5],
    ...options,
  });
  stripe = sdkFor(sandbox);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandbox-"));
  receiver = new Receiver();
  webhookUrl = await receiver.listen();
});
afterEach(async () => {
  await sandbox.stop();
  await receiver.stop();
  await rm(folder, { recursive: true });
});

function pay(): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({ ...INTENT, payment_method: "pm_card_visa", confirm: true });
}

describe("webhooks", () => {
  test("carry a signature that Stripe's own code accepts, and no other body or secret", async () => {
    await start();
    const intent = await pay();
    await sandbox.webhooks.idle();
    expect([...receiver.types()].sort()).toEqual([...PAID].sort());
    const last = receiver.received.find(({ event }) => event.type === "payment_intent.succeeded");
    if (!last) throw new Error("payment_intent.succeeded did not arrive");
    expect(last.event).toMatchObject({
      object: "event",
      api_version: Stripe.API_VERSION,
      livemode: false,
      data: { object: { id: intent.id, status: "succeeded" } },
      request: { id: expect.stringMatching(/^req_/) as string },
    });
    const { body, signature } = last;
    const check =
      (text: string, header = signature, secret = WEBHOOK_SECRET, atSeconds?: number) =>
      () =>
        Stripe.webhooks.constructEvent(text, header, secret, undefined, undefined, atSeconds);
    expect(check(body)).not.toThrow();
    expect(check(body.replace("49900", "1"))).toThrow("No signatures found matching");
    expect(check(JSON.stringify(last.event))).toThrow("No signatures found matching");
    expect(check(body, signature, "whsec_other")).toThrow("No signatures found matching");
    expect(check(body, signature.replace("v1=", "v0="))).toThrow("No signatures found with expected scheme");
    const signedAt = Number(/t=(\d+)/.exec(signature)?.[1]);
    expect(check(body, signature, WEBHOOK_SECRET, (signedAt + 301) * 1000)).toThrow("outside the tolerance");
  });

  test("name the request and the idempotency key that caused them", async () => {
    await start();
    const intent = await stripe.paymentIntents.create(INTENT, { idempotencyKey: "pi:inv_1:1" });
    await sandbox.webhooks.idle();
    expect(receiver.received[0]?.event.request).toEqual({
      id: intent.lastResponse.requestId,
      idempotency_key: "pi:inv_1:1",
    });
  });

  test("are sent again after a failure, with a new signature and the same event id", async () => {
    await start({ retryDelaysMs: [1_100, 5] });
    receiver.answers = [500];
    const { id } = await stripe.paymentIntents.create(INTENT);
    await sandbox.webhooks.idle();
    const [first, second] = receiver.received;
    expect(receiver.received).toHaveLength(2);
    expect(first?.event.id).toBe(second?.event.id);
    expect(first?.signature).not.toBe(second?.signature);
    expect((await stripe.events.list({ delivery_success: true })).data[0]?.data.object).toMatchObject({ id });
  });

  test("end after the last retry; the event shows it, and can be sent again", async () => {
    await start();
    receiver.answers = [500, 404, 302, 500];
    await stripe.paymentIntents.create(INTENT);
    await sandbox.webhooks.idle();
    expect(receiver.received).toHaveLength(4);
    const [failed] = (await stripe.events.list({ delivery_success: false })).data;
    expect(failed).toMatchObject({ type: "payment_intent.created", pending_webhooks: 1 });
    sandbox.webhooks.resend(failed?.id ?? "");
    await sandbox.webhooks.idle();
    expect(receiver.received).toHaveLength(5);
    expect((await stripe.events.list({ delivery_success: false })).data).toEqual([]);
  });

  test("wait for the next attempt when nobody answers", async () => {
    await start({ retryDelaysMs: [60_000], webhookUrl: "http://127.0.0.1:9/" });
    await stripe.customers.create();
    expect((await stripe.events.list({ delivery_success: false })).data).toHaveLength(1);
  });

  test("can be duplicated, dropped and delayed", async () => {
    await start();
    sandbox.webhooks.duplicate(3);
    sandbox.webhooks.drop("charge.*");
    sandbox.webhooks.delay(20);
    const begun = Date.now();
    await pay();
    await sandbox.webhooks.idle();
    expect(Date.now() - begun).toBeGreaterThanOrEqual(19);
    const types = receiver.types();
    expect(types.filter((type) => type === "payment_intent.succeeded")).toHaveLength(3);
    expect(types).not.toContain("charge.succeeded");
    sandbox.webhooks.reset();
    receiver.received.length = 0;
    await pay();
    await sandbox.webhooks.idle();
    expect([...receiver.types()].sort()).toEqual([...PAID].sort());
  });

  test("can be dropped a few times only", async () => {
    await start();
    sandbox.webhooks.drop("payment_intent.succeeded", 1);
    await pay();
    await pay();
    await sandbox.webhooks.idle();
    expect(receiver.types().filter((type) => type === "payment_intent.succeeded")).toHaveLength(1);
  });

  test.each([
    ["newest_first", [...PAID].reverse()],
    ["oldest_first", PAID],
  ] as const)("can be held and released %s", async (order, expected) => {
    await start();
    sandbox.webhooks.hold();
    await pay();
    await sandbox.webhooks.idle();
    expect(receiver.received).toEqual([]);
    await sandbox.webhooks.release(order);
    expect(receiver.types()).toEqual(expected);
  });

  test("also go to endpoints of the API, each with its own secret and event types", async () => {
    await start();
    const own = new Receiver();
    const url = await own.listen();
    const { id, secret = "" } = await stripe.webhookEndpoints.create({
      url,
      enabled_events: ["payment_intent.succeeded"],
    });
    expect(secret).toMatch(/^whsec_/);
    own.secret = secret;
    expect(await stripe.webhookEndpoints.retrieve(id)).not.toHaveProperty("secret");
    expect((await stripe.webhookEndpoints.list()).data.map((endpoint) => endpoint.url)).toEqual([
      url,
      webhookUrl,
    ]);

    await pay();
    await sandbox.webhooks.idle();
    expect(own.types()).toEqual(["payment_intent.succeeded"]);
    expect(receiver.received).toHaveLength(PAID.length);

    await stripe.webhookEndpoints.del(id);
    await pay();
    await sandbox.webhooks.idle();
    expect(own.received).toHaveLength(1);
    expect(await errorOf(stripe.webhookEndpoints.retrieve(id))).toMatchObject({ statusCode: 404 });
    await own.stop();
  });
});

describe("the state", () => {
  test("survives a restart: objects, idempotency keys and open deliveries", async () => {
    const stateFile = join(folder, "deep", "state.json");
    await start({ stateFile, retryDelaysMs: [60_000] });
    const options = { idempotencyKey: "pi:inv_1:1" };
    sandbox.webhooks.hold();
    const intent = await stripe.paymentIntents.create(INTENT, options);
    await sandbox.stop();
    expect((await stat(stateFile)).mode & 0o777).toBe(0o600);

    await start({ stateFile });
    await sandbox.webhooks.idle();
    expect(receiver.types()).toEqual(["payment_intent.created"]);
    expect((await stripe.paymentIntents.create(INTENT, options)).id).toBe(intent.id);
    const paid = await stripe.paymentIntents.confirm(intent.id, { payment_method: "pm_card_visa" });
    expect(paid).toMatchObject({ status: "succeeded", client_secret: intent.client_secret });
  });

  test("is on disk before the answer, so that a kill loses nothing", async () => {
    const stateFile = join(folder, "state.json");
    await start({ stateFile });
    const ids = (
      await Promise.all(Array.from({ length: 10 }, () => stripe.paymentIntents.create(INTENT)))
    ).map(({ id }) => id);
    const content = await readFile(stateFile, "utf8");
    for (const id of ids) expect(content).toContain(`"id":"${id}"`);
    expect(() => JSON.parse(content) as unknown).not.toThrow();
  });

  test("keeps the late outcome of a refund over a restart", async () => {
    const stateFile = join(folder, "state.json");
    await start({ stateFile, lateOutcomeMs: 60_000 });
    const intent = await stripe.paymentIntents.create({
      ...INTENT,
      payment_method: "pm_card_refundFail",
      confirm: true,
    });
    const refund = await stripe.refunds.create({ payment_intent: intent.id });
    await sandbox.stop();
    await start({ stateFile });
    await sandbox.finishRefunds();
    await sandbox.webhooks.idle();
    expect((await stripe.refunds.retrieve(refund.id)).status).toBe("failed");
    expect(receiver.types()).toContain("refund.failed");
  });

  test("uses a changed webhook address", async () => {
    const stateFile = join(folder, "state.json");
    await start({ stateFile, webhookUrl: "http://127.0.0.1:9/", retryDelaysMs: [60_000] });
    await stripe.customers.create();
    await sandbox.stop();
    await start({ stateFile });
    await stripe.customers.create();
    const { data } = await stripe.webhookEndpoints.list();
    expect(data.map(({ url }) => url)).toEqual([webhookUrl]);
  });

  test("that cannot be read stops the start, with the file's name", async () => {
    await start();
    const stateFile = join(folder, "broken.json");
    await writeFile(stateFile, "{ half");
    await chmod(stateFile, 0o600);
    await expect(startTestSandbox({ stateFile })).rejects.toThrow("broken.json");
  });

  test("stop() lets a request in flight finish, may be called twice, and frees the port", async () => {
    await start();
    const held = sandbox.faults.next("hold", { method: "POST" });
    const inFlight = stripe.customers.create();
    await held.hit;
    const stopping = sandbox.stop();
    held.release();
    expect((await inFlight).object).toBe("customer");
    await Promise.all([stopping, sandbox.stop()]);
    const again = await startTestSandbox({ port: sandbox.port });
    expect(again.port).toBe(sandbox.port);
    await again.stop();
  });

  test("a taken port is refused", async () => {
    await start();
    await expect(startTestSandbox({ port: sandbox.port })).rejects.toThrow("EADDRINUSE");
  });
});
