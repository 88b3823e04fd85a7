import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Stripe from "stripe";
import { type Sandbox, startSandbox } from "../../../services/stripe-sandbox";
import { INTENT, PUBLISHABLE_KEY, SECRET_KEY, errorOf, raw, sdkFor, startTestSandbox } from "./support";

let sandbox: Sandbox;
let stripe: Stripe;
let nowMs = Date.UTC(2026, 10, 22);

beforeAll(async () => {
  sandbox = await startTestSandbox({ now: () => nowMs });
  stripe = sdkFor(sandbox);
});
afterAll(() => sandbox.stop());

const INTENT_FORM = { amount: "500", currency: "usd" };

async function countIntents(): Promise<number> {
  return (await stripe.paymentIntents.list({ limit: 100 })).data.length;
}

describe("what must never happen", () => {
  test.each([
    ["secretKey", { secretKey: "sk_live_abc" }],
    ["publishableKey", { publishableKey: "pk_live_abc" }],
    ["secretKey", { secretKey: "" }],
    ["webhookSecret", { webhookUrl: "http://127.0.0.1:1/" }],
  ])("a start with a bad %s is refused, and its value is not shown", async (name, options) => {
    const start = startSandbox({ secretKey: SECRET_KEY, publishableKey: PUBLISHABLE_KEY, ...options });
    await expect(start).rejects.toThrow(name);
    await expect(start).rejects.not.toThrow("live_abc");
  });

  test("a start in production is refused", async () => {
    const before = process.env["NODE_ENV"];
    process.env["NODE_ENV"] = "production";
    try {
      await expect(startTestSandbox()).rejects.toThrow("NODE_ENV=production");
    } finally {
      process.env["NODE_ENV"] = before;
    }
  });

  test("card numbers, keys and client secrets are not logged; card numbers are not saved", async () => {
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    const folder = await mkdtemp(join(tmpdir(), "sandbox-"));
    const stateFile = join(folder, "state.json");
    const quiet = await startTestSandbox({
      stateFile,
      webhookUrl: "http://127.0.0.1:9/",
      webhookSecret: "whsec_quietSandbox",
      retryDelaysMs: [],
      log: { info: log, warn: log, error: log },
    });
    const card = { number: "4242424242424242", exp_month: 12, exp_year: 2040, cvc: "987" };
    const method = await sdkFor(quiet).paymentMethods.create({ type: "card", card });
    const paid = await sdkFor(quiet).paymentIntents.create({
      ...INTENT,
      payment_method: method.id,
      confirm: true,
    });
    await quiet.webhooks.idle();
    await quiet.stop();
    const logged = lines.join("\n");
    expect(logged).toContain("payment_intent.succeeded");
    for (const secret of [card.number, SECRET_KEY, PUBLISHABLE_KEY, String(paid.client_secret), "whsec_"]) {
      expect(logged).not.toContain(secret);
    }
    expect(await readFile(stateFile, "utf8")).not.toContain(card.number);
    await rm(folder, { recursive: true });
  });
});

describe("authentication", () => {
  test("Bearer and Basic are both accepted", async () => {
    const basic = Buffer.from(`${SECRET_KEY}:`).toString("base64");
    const headers = { Authorization: `Basic ${basic}` };
    expect((await raw(sandbox, "GET", "/v1/customers", { key: "", headers })).status).toBe(200);
    expect((await raw(sandbox, "GET", "/v1/customers")).status).toBe(200);
  });

  test.each([
    ["", {}],
    ["sk_test_somebodyElse", {}],
    ["sk_live_somebodyElse", {}],
    ["", { Authorization: "Basic !!!" }],
    ["", { Authorization: "Digest x" }],
  ])("%j with %j is refused with 401, and the key is not shown", async (key, headers) => {
    const answer = await raw(sandbox, "POST", "/v1/payment_intents", { key, headers, form: INTENT_FORM });
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ error: { type: "invalid_request_error" } });
    expect(JSON.stringify(answer.body)).not.toContain("somebodyElse");
  });

  test("the SDK sees a wrong key as its authentication error", async () => {
    const error = await errorOf(sdkFor(sandbox, "sk_test_wrong").customers.list());
    expect(error).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
  });
});

describe("a publishable key", () => {
  async function newIntent(): Promise<Stripe.PaymentIntent> {
    return stripe.paymentIntents.create({ ...INTENT, description: "Pro plan" });
  }

  test("with the client secret retrieves and confirms, without customer and metadata", async () => {
    const intent = await newIntent();
    const form = { client_secret: String(intent.client_secret), payment_method: "pm_card_visa" };
    const path = `/v1/payment_intents/${intent.id}`;
    const query = new URLSearchParams({ client_secret: form.client_secret }).toString();
    const seen = await raw(sandbox, "GET", `${path}?${query}`, { key: PUBLISHABLE_KEY });
    expect(seen.body).toMatchObject({ id: intent.id, status: "requires_payment_method", amount: 49_900 });
    expect(seen.body).not.toHaveProperty("metadata");
    expect(seen.body).not.toHaveProperty("customer");
    const paid = await raw(sandbox, "POST", `${path}/confirm`, { key: PUBLISHABLE_KEY, form });
    expect(paid).toMatchObject({ status: 200, body: { status: "succeeded" } });
  });

  test("sees as little in the error of a decline", async () => {
    const intent = await newIntent();
    const form = { client_secret: String(intent.client_secret), payment_method: "pm_card_chargeDeclined" };
    const path = `/v1/payment_intents/${intent.id}/confirm`;
    const declined = await raw(sandbox, "POST", path, { key: PUBLISHABLE_KEY, form });
    expect(declined).toMatchObject({ status: 402, body: { error: { payment_intent: { id: intent.id } } } });
    expect(JSON.stringify(declined.body)).not.toContain("inv_1");
  });

  test("without the secret, or with another's, gets nothing", async () => {
    const [mine, other] = [await newIntent(), await newIntent()];
    const path = `/v1/payment_intents/${mine.id}`;
    const secret = new URLSearchParams({ client_secret: String(other.client_secret) }).toString();
    const bare = await raw(sandbox, "GET", path, { key: PUBLISHABLE_KEY });
    expect(bare).toMatchObject({
      status: 400,
      body: { error: { code: "parameter_missing", param: "client_secret" } },
    });
    const wrong = await raw(sandbox, "GET", `${path}?${secret}`, { key: PUBLISHABLE_KEY });
    expect(wrong).toMatchObject({
      status: 400,
      body: { error: { code: "payment_intent_invalid_parameter" } },
    });
    const challenge = { key: PUBLISHABLE_KEY, form: { client_secret: "pi_x_secret_y", outcome: "complete" } };
    expect((await raw(sandbox, "POST", `/sandbox/challenges/${mine.id}`, challenge)).status).toBe(400);
  });

  test.each([
    ["POST", "/v1/payment_intents"],
    ["GET", "/v1/payment_intents"],
    ["POST", "/v1/payment_intents/:id"],
    ["POST", "/v1/payment_intents/:id/cancel"],
    ["POST", "/v1/refunds"],
    ["GET", "/v1/events"],
    ["GET", "/v1/charges"],
    ["GET", "/v1/customers"],
    ["POST", "/v1/webhook_endpoints"],
  ])("may not %s %s, secret or not", async (method, path) => {
    const intent = await newIntent();
    const form = { client_secret: String(intent.client_secret) };
    const target = path.replace(":id", intent.id);
    const answer = await raw(sandbox, method, target, {
      key: PUBLISHABLE_KEY,
      ...(method === "POST" ? { form } : {}),
    });
    expect(answer).toMatchObject({ status: 403, body: { error: { code: "secret_key_required" } } });
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe("requires_payment_method");
  });

  test("can be used from any page: CORS is open, the preflight too", async () => {
    const url = `${sandbox.url}/v1/payment_intents/pi_x/confirm`;
    const preflight = await fetch(url, { method: "OPTIONS", headers: { Origin: "https://shop.example" } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(preflight.headers.get("access-control-allow-headers")).toContain("Authorization");
    const script = await fetch(sandbox.stripeJsUrl);
    expect(script.headers.get("content-type")).toContain("text/javascript");
    expect(await script.text()).toContain("Card number");
  });
});

describe("errors", () => {
  test.each([
    ["GET", "/v1/payment_intents/pi_nope", 404, { code: "resource_missing", param: "id" }],
    ["GET", "/v1/nonsense", 404, {}],
    ["DELETE", "/v1/payment_intents", 404, {}],
    ["GET", "/v1/customers?limit=0", 400, { param: "limit" }],
    ["GET", "/v1/customers?limit=x", 400, { code: "parameter_invalid_integer", param: "limit" }],
    [
      "GET",
      "/v1/customers?starting_after=cus_nope",
      404,
      { code: "resource_missing", param: "starting_after" },
    ],
    ["GET", "/v1/customers?colour=red", 400, { code: "parameter_unknown", param: "colour" }],
    ["GET", "/v1/customers?created[since]=1", 400, {}],
  ])("%s %s is %i %j", async (method, path, status, error) => {
    const answer = await raw(sandbox, method, path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("request-id")).toMatch(/^req_/);
    expect(answer.body).toMatchObject({ error: { type: "invalid_request_error", ...error } });
  });

  test.each([
    [{ currency: "usd" }, "parameter_missing", "amount"],
    [{ amount: "12.5", currency: "usd" }, "parameter_invalid_integer", "amount"],
    [{ amount: "500", currency: "doubloons" }, undefined, "currency"],
    [{ ...INTENT_FORM, surprise: "1" }, "parameter_unknown", "surprise"],
    [{ ...INTENT_FORM, "shipping[address][city]": "Bonn" }, "parameter_missing", "shipping[name]"],
    [{ ...INTENT_FORM, customer: "cus_nope" }, "resource_missing", "customer"],
    [{ ...INTENT_FORM, capture_method: "manual" }, undefined, "capture_method"],
  ])("creating with %j names the parameter", async (form, code, param) => {
    const before = await countIntents();
    const { status, body } = await raw(sandbox, "POST", "/v1/payment_intents", { form });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body).toMatchObject({ error: { type: "invalid_request_error", param } });
    expect((body["error"] as { code?: string }).code).toBe(code);
    expect(await countIntents()).toBe(before);
  });

  test.each([
    ["a key of 41 characters", { [`metadata[${"k".repeat(41)}]`]: "v" }],
    ["a value of 501 characters", { "metadata[k]": "v".repeat(501) }],
    ["51 keys", Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`metadata[k${index}]`, "v"]))],
  ])("metadata with %s is refused", async (_what, fields) => {
    const answer = await raw(sandbox, "POST", "/v1/customers", { form: fields });
    expect(answer).toMatchObject({ status: 400, body: { error: { param: "metadata" } } });
  });

  test.each([
    ["JSON", 400, '{"amount": 500}', "application/json"],
    ["above 64 KB", 413, `description=${"x".repeat(70_000)}`, "application/x-www-form-urlencoded"],
    ["with an open bracket", 400, "a[b=1", "application/x-www-form-urlencoded"],
    ["with a value that is a hash too", 400, "a=1&a[b]=2", "application/x-www-form-urlencoded"],
    ["with __proto__", 400, "__proto__[x]=1", "application/x-www-form-urlencoded"],
  ])("a body %s is %i", async (_what, status, body, type) => {
    const answer = await raw(sandbox, "POST", "/v1/payment_intents", {
      body,
      headers: { "Content-Type": type },
    });
    expect(answer).toMatchObject({ status, body: { error: { type: "invalid_request_error" } } });
  });

  test("payment_method_types is accepted in older versions", async () => {
    const form = { ...INTENT_FORM, "payment_method_types[]": "card" };
    const headers = { "Stripe-Version": "2026-08-26.dahlia" };
    const old = await raw(sandbox, "POST", "/v1/payment_intents", { form, headers });
    expect(old).toMatchObject({ status: 200, body: { allowed_payment_method_types: ["card"] } });
    const present = { "Stripe-Version": "2026-09-30.endive" };
    expect((await raw(sandbox, "POST", "/v1/payment_intents", { form, headers: present })).status).toBe(400);
  });
});

describe("idempotency keys", () => {
  test("a repeated request gets the same answer, and is carried out once", async () => {
    const before = await countIntents();
    const options = { idempotencyKey: "pi:inv_1:1" };
    const first = await stripe.paymentIntents.create(INTENT, options);
    const second = await stripe.paymentIntents.create(INTENT, options);
    expect(second.id).toBe(first.id);
    expect(second.lastResponse.headers["idempotent-replayed"]).toBe("true");
    expect(first.lastResponse.headers["idempotent-replayed"]).toBeUndefined();
    expect(await countIntents()).toBe(before + 1);
  });

  test("ten at once make one object", async () => {
    const before = await countIntents();
    const calls = Array.from({ length: 10 }, () =>
      stripe.paymentIntents.create(INTENT, { idempotencyKey: "pi:inv_ten:1", maxNetworkRetries: 5 }),
    );
    const ids = new Set((await Promise.all(calls)).map(({ id }) => id));
    expect(ids.size).toBe(1);
    expect(await countIntents()).toBe(before + 1);
  });

  test("other parameters under the key are refused", async () => {
    await stripe.paymentIntents.create(INTENT, { idempotencyKey: "k-other" });
    const error = await errorOf(
      stripe.paymentIntents.create({ ...INTENT, amount: 1 }, { idempotencyKey: "k-other" }),
    );
    expect(error).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
    expect(error.statusCode).toBe(400);
  });

  test("while the first one runs, the second is 409", async () => {
    const held = sandbox.faults.next("hold", { method: "POST", path: "/v1/payment_intents" });
    const first = stripe.paymentIntents.create(INTENT, { idempotencyKey: "k-busy" });
    await held.hit;
    const second = stripe.paymentIntents.create(INTENT, { idempotencyKey: "k-busy" });
    expect(await errorOf(second)).toMatchObject({ statusCode: 409, code: "idempotency_key_in_use" });
    held.release();
    expect((await first).status).toBe("requires_payment_method");
  });

  test("a validation error leaves the key free, a decline does not", async () => {
    const options = { idempotencyKey: "k-invalid" };
    await errorOf(stripe.paymentIntents.create({ ...INTENT, amount: 1 }, options));
    expect((await stripe.paymentIntents.create(INTENT, options)).amount).toBe(49_900);

    const { id } = await stripe.paymentIntents.create(INTENT);
    const declined = { payment_method: "pm_card_chargeDeclined" };
    const first = await errorOf(stripe.paymentIntents.confirm(id, declined, { idempotencyKey: "k-decline" }));
    const again = await errorOf(stripe.paymentIntents.confirm(id, declined, { idempotencyKey: "k-decline" }));
    expect(again.charge).toBe(first.charge);
    expect((await stripe.charges.list({ payment_intent: id })).data).toHaveLength(1);
  });

  test("a browser cannot replay the server's answer", async () => {
    const intent = await stripe.paymentIntents.create(INTENT);
    const path = `/v1/payment_intents/${intent.id}/confirm`;
    const form = { client_secret: String(intent.client_secret), payment_method: "pm_card_visa" };
    const headers = { "Idempotency-Key": "k-shared" };
    await raw(sandbox, "POST", path, { form, headers });
    const replay = await raw(sandbox, "POST", path, { form, headers, key: PUBLISHABLE_KEY });
    expect(replay).toMatchObject({ status: 400, body: { error: { type: "idempotency_error" } } });
  });

  test("are forgotten after a day", async () => {
    const options = { idempotencyKey: "k-day" };
    const first = await stripe.paymentIntents.create(INTENT, options);
    nowMs += 24 * 60 * 60 * 1000 - 1;
    expect((await stripe.paymentIntents.create(INTENT, options)).id).toBe(first.id);
    nowMs += 2;
    expect((await stripe.paymentIntents.create(INTENT, options)).id).not.toBe(first.id);
  });
});

describe("planned faults", () => {
  test("an answer of 500, and the same key again: one intent", async () => {
    const before = await countIntents();
    sandbox.faults.next("error_500", { method: "POST" });
    const options = { idempotencyKey: "k-500" };
    const error = await errorOf(stripe.paymentIntents.create(INTENT, options));
    expect(error).toMatchObject({ statusCode: 500, type: "StripeAPIError" });
    expect(await countIntents()).toBe(before);
    await stripe.paymentIntents.create(INTENT, options);
    expect(await countIntents()).toBe(before + 1);
  });

  test("a connection that breaks after acting, and the same key again: one intent", async () => {
    const before = await countIntents();
    // Twice: the SDK by itself tries once more when a connection breaks.
    sandbox.faults.next("die_after_acting", { method: "POST", times: 2 });
    const options = { idempotencyKey: "k-dead" };
    const error = await errorOf(stripe.paymentIntents.create(INTENT, options));
    expect(error).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    expect(await countIntents()).toBe(before + 1);
    const replayed = await stripe.paymentIntents.create(INTENT, options);
    expect(replayed.lastResponse.headers["idempotent-replayed"]).toBe("true");
    expect(await countIntents()).toBe(before + 1);
  });

  test("a connection that breaks before acting: nothing is done, and only planned calls fail", async () => {
    const before = await countIntents();
    sandbox.faults.next("die_before_acting", { path: "/v1/payment_intents", method: "POST", times: 4 });
    await stripe.customers.list();
    await errorOf(stripe.paymentIntents.create(INTENT));
    await errorOf(stripe.paymentIntents.create(INTENT));
    await stripe.paymentIntents.create(INTENT);
    expect(await countIntents()).toBe(before + 1);
  });
});
