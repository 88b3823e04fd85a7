import { randomUUID } from "node:crypto";
import type Stripe from "stripe";
import { eventually } from "../../support/system";
import { startPayments, type PaymentsSystem } from "./payments-system";

let system: PaymentsSystem;

beforeAll(async () => {
  system = await startPayments();
  await system.receiveWebhooks();
});
afterAll(() => system.stop());
afterEach(async () => {
  system.sandbox.webhooks.reset();
  await system.sandbox.webhooks.idle();
});

/** An intent that another program creates in our account and pays. */
const PAID_AT_ONCE = {
  currency: "usd",
  confirm: true,
  payment_method: "pm_card_visa",
  allowed_payment_method_types: ["card"],
} satisfies Partial<Stripe.PaymentIntentCreateParams>;

type Row = Record<string, unknown>;
const stripe = (): Stripe => system.sandbox.stripe.sdk;
const events = () => system.db("payments")("stripe_events");
const stored = (id: string): Promise<Row | undefined> => events().where({ id }).first<Row>();
const delivered = () => system.sandbox.webhooks.idle();
const receive = (body: string, signature: string) =>
  system.call("payments.receiveWebhook", { body, signature });

/** Signs a body as Stripe does; `age_s` makes the signature older. */
function sign(
  body: string,
  { secret = system.sandbox.stripe.webhookSecret, age_s = 0, scheme = "v1" } = {},
): string {
  const timestamp = Math.floor(Date.now() / 1000) - age_s;
  return stripe().webhooks.generateTestHeaderString({ payload: body, secret, timestamp, scheme });
}

function eventBody(type: string, object: object, more: object = {}): { id: string; body: string } {
  const id = `evt_${randomUUID()}`;
  const event = { id, object: "event", created: 1, livemode: false, type, data: { object }, ...more };
  return { id, body: JSON.stringify(event, null, 2) };
}

/** A correctly signed event that Stripe never sent. */
async function receiveEvent(type: string, object: object, more: object = {}): Promise<Row | undefined> {
  const { id, body } = eventBody(type, object, more);
  await receive(body, sign(body));
  return stored(id);
}

describe("a signed webhook", () => {
  test("settles the payment before the payer returns to the page", async () => {
    const invoice = system.owe();
    const { payment_intent_id } = await system.pay(invoice);
    await delivered();
    expect(await system.payments(invoice)).toMatchObject([
      { status: "succeeded", stripe_payment_intent_id: payment_intent_id },
    ]);
    expect(await system.events("payment.succeeded", invoice)).toHaveLength(1);
    expect(await system.call("payments.confirmPayment", { invoice: invoice.id })).toMatchObject({
      number: invoice.number,
    });
    expect(await system.events("payment.succeeded", invoice)).toHaveLength(1);
  });

  test("sent three times, with ten calls from the page at once, makes one payment", async () => {
    system.sandbox.webhooks.duplicate(3);
    const invoice = system.owe();
    await system.pay(invoice);
    const returns = Array.from({ length: 10 }, () =>
      system.call("payments.confirmPayment", { invoice: invoice.id }),
    );
    await Promise.all([...returns, delivered()]);
    expect(await system.events("payment.succeeded", invoice)).toHaveLength(1);
    expect(await system.payments(invoice)).toHaveLength(1);
  });

  test("is stored once under its id, with its outcome and without the client secret", async () => {
    const invoice = system.owe();
    const { payment_intent_id, client_secret } = await system.pay(invoice);
    await delivered();
    const rows: Row[] = await events().whereRaw("payload->'data'->'object'->>'id' = ?", [payment_intent_id]);
    const success = rows.find((row) => row["type"] === "payment_intent.succeeded");
    expect(success).toMatchObject({ outcome: "settled", error: null, processed_at: expect.any(String) });
    expect(JSON.stringify(rows)).not.toContain(client_secret);
    system.sandbox.webhooks.resend(String(success?.["id"]));
    await delivered();
    expect(await stored(String(success?.["id"]))).toEqual(success);
  });

  test("about a failure that comes after the success changes nothing", async () => {
    const invoice = system.owe();
    const intent = await system.call("payments.createPaymentIntent", { invoice: invoice.id });
    await delivered();
    system.sandbox.webhooks.hold();
    await system.payWith("pm_card_chargeDeclined", intent);
    await system.payWith("pm_card_visa", intent);
    await system.sandbox.webhooks.release("newest_first");
    expect(await system.payments(invoice)).toMatchObject([{ status: "succeeded" }]);
    const late = await events()
      .where({ type: "payment_intent.payment_failed" })
      .orderBy("received_at", "desc")
      .first<Row>();
    expect(late).toMatchObject({ outcome: "settled; the API says succeeded" });
    expect(await system.events("payment.failed", invoice)).toEqual([]);
  });

  test("about a decline makes one event; a pending approval and a cancellation are recorded", async () => {
    const invoice = system.owe();
    const intent = await system.call("payments.createPaymentIntent", { invoice: invoice.id });
    system.sandbox.webhooks.duplicate(3);
    await system.payWith("pm_card_chargeDeclinedInsufficientFunds", intent);
    await delivered();
    const told = { code: "insufficient_funds", message: expect.any(String) };
    expect(await system.events("payment.failed", invoice)).toMatchObject([told]);
    await system.payWith("pm_card_threeDSecure2Required", intent);
    await delivered();
    expect(await system.payments(invoice)).toMatchObject([
      { status: "open", stripe_status: "requires_action" },
    ]);
    await stripe().paymentIntents.cancel(intent.payment_intent_id);
    await delivered();
    expect(await system.payments(invoice)).toMatchObject([
      { status: "cancelled", stripe_status: "canceled" },
    ]);
  });

  test("finds a payment that lost Stripe's answer by the intent's metadata", async () => {
    const invoice = system.owe();
    const intent = await system.call("payments.createPaymentIntent", { invoice: invoice.id });
    await system
      .db("payments")("payments")
      .where({ invoice_id: invoice.id })
      .update({ stripe_payment_intent_id: null });
    await system.payWith("pm_card_visa", intent);
    await delivered();
    expect(await system.payments(invoice)).toMatchObject([
      { status: "succeeded", stripe_payment_intent_id: intent.payment_intent_id },
    ]);
  });
});

describe("a webhook that is not from Stripe", () => {
  const genuine = () => eventBody("payment_intent.succeeded", { id: "pi_1" });
  const forgeries: [string, (body: string) => { body?: string; signature: string }][] = [
    ["has no signature", () => ({ signature: "" })],
    ["has a signature that is none", () => ({ signature: "t=now,v1=abc" })],
    ["is signed with another secret", (body) => ({ signature: sign(body, { secret: "whsec_guessed" }) })],
    ["is signed too long ago", (body) => ({ signature: sign(body, { age_s: 301 }) })],
    [
      "was written anew, its content the same",
      (body) => ({ body: JSON.stringify(JSON.parse(body)), signature: sign(body) }),
    ],
    ["was changed", (body) => ({ body: body.replace("pi_1", "pi_2"), signature: sign(body) })],
    ["has an old scheme's signature only", (body) => ({ signature: sign(body, { scheme: "v0" }) })],
  ];

  test.each(forgeries)("because it %s, is 400 and stores nothing", async (_what, forge) => {
    const { id, body } = genuine();
    const forged = { body, ...forge(body) };
    const refused = { code: 400, type: "webhook.invalid_signature" };
    await expect(receive(forged.body, forged.signature)).rejects.toMatchObject(refused);
    expect(await stored(id)).toBeUndefined();
  });

  test.each(["", "null", "[]", "no json", '{"id":1}', '{"type":"charge.refunded"}'])(
    "nor is %j, though signed",
    async (body) => {
      await expect(receive(body, sign(body))).rejects.toMatchObject({ code: 400 });
    },
  );

  test("is accepted only from the gateway", async () => {
    const { body } = genuine();
    const params = { body, signature: sign(body) };
    await expect(system.as({ kind: "anonymous" })("payments.receiveWebhook", params)).rejects.toMatchObject({
      code: 401,
    });
  });
});

describe("a correctly signed event", () => {
  test("that the API contradicts has no effect", async () => {
    const invoice = system.owe();
    const { payment_intent_id } = await system.call("payments.createPaymentIntent", {
      invoice: invoice.id,
    });
    const claim = {
      id: payment_intent_id,
      status: "succeeded",
      amount_received: 49_900,
      metadata: { invoice_id: invoice.id },
    };
    expect(await receiveEvent("payment_intent.succeeded", claim)).toMatchObject({
      outcome: "waiting; the API says requires_payment_method",
      processed_at: expect.any(String),
    });
    expect(await receiveEvent("payment_intent.canceled", claim)).toMatchObject({
      outcome: expect.stringContaining("waiting"),
    });
    expect(await system.payments(invoice)).toMatchObject([{ status: "open" }]);
    expect(await receiveEvent("payment_intent.succeeded", { id: "pi_unheard_of" })).toMatchObject({
      outcome: "contradicted: the API knows no such object",
    });
  });

  test("about an unknown intent is stored and ignored", async () => {
    const foreign = await stripe().paymentIntents.create({ ...PAID_AT_ONCE, amount: 500 });
    const ignored = { outcome: "ignored: no payment of ours" };
    expect(await receiveEvent("payment_intent.succeeded", foreign)).toMatchObject(ignored);
    expect(await receiveEvent("charge.refunded", { id: foreign.latest_charge })).toMatchObject(ignored);
  });

  test("whose intent names a payment of another intent pays nothing", async () => {
    const invoice = system.owe();
    await system.call("payments.createPaymentIntent", { invoice: invoice.id });
    const [payment] = await system.payments(invoice);
    const impostor = await stripe().paymentIntents.create({
      ...PAID_AT_ONCE,
      amount: 49_900,
      metadata: { invoice_id: invoice.id, payment_id: String(payment?.["id"]) },
    });
    expect(await receiveEvent("payment_intent.succeeded", impostor)).toMatchObject({
      outcome: "not booked: its payment has ended or has another intent",
    });
    expect(await system.payments(invoice)).toMatchObject([{ status: "open" }]);
  });

  test("of an unknown type or shape, or of the other mode, is stored and ignored", async () => {
    const invoice = system.owe();
    const { payment_intent_id } = await system.pay(invoice);
    expect(await receiveEvent("customer.created", { id: "cus_1" })).toMatchObject({
      outcome: expect.stringContaining("ignored"),
    });
    expect(await receiveEvent("toString", { id: "cus_1" })).toMatchObject({
      outcome: expect.stringContaining("ignored"),
    });
    expect(await receiveEvent("charge.refunded", {})).toMatchObject({
      outcome: "ignored: it is about no object",
    });
    expect(
      await receiveEvent("payment_intent.succeeded", { id: payment_intent_id }, { livemode: true }),
    ).toMatchObject({
      outcome: "ignored: it is of the other mode, live or test",
    });
  });

  test("with NUL in its texts is genuine, and is stored", async () => {
    const intent = await stripe().paymentIntents.create({ ...PAID_AT_ONCE, amount: 1000 });
    const description = "a\0b \\u0000 \\\0 \n";
    const row = await receiveEvent("payment_intent.succeeded", { id: intent.id, description, "k\0": 1 });
    expect(row).toMatchObject({
      processed_at: expect.any(String),
      payload: {
        data: { object: { id: intent.id, description: "a\\u0000b \\u0000 \\\\u0000 \n", "k\\u0000": 1 } },
      },
    });
  });

  test.each([["pi_\0"], ["pi_\u00fc"], ["pi 1"]])("about %j is about no object of Stripe", async (id) => {
    expect(await receiveEvent("payment_intent.succeeded", { id })).toMatchObject({
      processed_at: expect.any(String),
      outcome: "ignored: it is about no object",
    });
  });

  test.each([
    ["half of a surrogate pair", '{"id":"evt_half","type":"x","data":{"object":{"id":"pi_\\ud800"}}}'],
    ["a key that is half of a surrogate pair", '{"id":"evt_half","type":"x","\\udc00":1}'],
    ["NUL in its id", '{"id":"evt_\\u0000","type":"x"}'],
    ["NUL in its type", '{"id":"evt_half","type":"\\u0000"}'],
  ])("with %s is refused", async (_name, body) => {
    await expect(receive(body, sign(body))).rejects.toMatchObject({
      code: 400,
      type: "webhook.not_an_event",
    });
    expect(await stored("evt_half")).toBeUndefined();
  });

  test("that fails is 503, stored, and processed when Stripe sends it again", async () => {
    const invoice = system.owe();
    system.sandbox.webhooks.drop("*");
    const { payment_intent_id } = await system.pay(invoice);
    const { id, body } = eventBody("payment_intent.succeeded", { id: payment_intent_id });
    const fault = system.sandbox.faults.next("error_500", { method: "GET", times: 5 });
    await expect(receive(body, sign(body))).rejects.toMatchObject({ code: 503 });
    fault.release();
    expect(await stored(id)).toMatchObject({
      processed_at: null,
      error: expect.stringContaining("not available"),
    });
    expect(await system.payments(invoice)).toMatchObject([{ status: "open" }]);
    await receive(body, sign(body));
    expect(await stored(id)).toMatchObject({
      processed_at: expect.any(String),
      error: null,
      outcome: "settled",
    });
    expect(await system.payments(invoice)).toMatchObject([{ status: "succeeded" }]);
  });
});

describe("refunds and disputes", () => {
  const refundRows = (paymentId: unknown): Promise<Row[]> =>
    system
      .db("payments")("refunds")
      .where({ payment_id: paymentId as string })
      .orderBy("created_at");

  test("a refund in the dashboard is added once, whatever is sent again", async () => {
    const invoice = system.owe();
    const { payment_intent_id } = await system.pay(invoice);
    system.sandbox.webhooks.duplicate(2);
    await stripe().refunds.create({
      payment_intent: payment_intent_id,
      amount: 10_000,
      reason: "requested_by_customer",
    });
    await delivered();
    await stripe().refunds.create({ payment_intent: payment_intent_id, amount: 39_900 });
    await delivered();
    const [payment] = await system.payments(invoice);
    expect(payment).toMatchObject({ status: "succeeded", refunded_minor: 49_900 });
    const totals = [{ refunded_minor: 10_000 }, { refunded_minor: 49_900 }];
    expect(await system.events("payment.refunded", invoice)).toMatchObject(totals);
    expect((await refundRows(payment?.["id"])).map((row) => row["amount_minor"]).sort()).toEqual([
      10_000, 39_900,
    ]);
    const more = stripe().refunds.create({ payment_intent: payment_intent_id, amount: 1 });
    await expect(more).rejects.toThrow("already been refunded");

    const replayed = await events()
      .where({ type: "charge.refunded" })
      .orderBy("received_at", "desc")
      .first<Row>();
    system.sandbox.webhooks.resend(String(replayed?.["id"]));
    const charge = (await stripe().paymentIntents.retrieve(payment_intent_id)).latest_charge;
    const lie = { id: charge, amount_refunded: 1 };
    expect(await receiveEvent("charge.refunded", lie)).toMatchObject({ outcome: "refunded 49900 of 49900" });
    await delivered();
    expect(await system.events("payment.refunded", invoice)).toHaveLength(2);
  });

  test("a refund that the bank returns is subtracted", async () => {
    const invoice = system.owe();
    const { payment_intent_id } = await system.pay(invoice, "pm_card_refundFail");
    await stripe().refunds.create({ payment_intent: payment_intent_id });
    await delivered();
    expect(await system.payments(invoice)).toMatchObject([{ refunded_minor: 49_900 }]);
    await system.sandbox.finishRefunds();
    await delivered();
    const [payment] = await system.payments(invoice);
    expect(payment).toMatchObject({ status: "succeeded", refunded_minor: 0 });
    expect(await refundRows(payment?.["id"])).toMatchObject([
      { status: "failed", failure_reason: expect.any(String) },
    ]);
    expect(await system.events("payment.refunded", invoice)).toMatchObject([
      { refunded_minor: 49_900 },
      { refunded_minor: 0 },
    ]);
  });

  test("a pending refund follows refund.updated", async () => {
    const invoice = system.owe();
    const { payment_intent_id } = await system.pay(invoice, "pm_card_pendingRefund");
    await stripe().refunds.create({ payment_intent: payment_intent_id });
    await delivered();
    const [payment] = await system.payments(invoice);
    expect(await refundRows(payment?.["id"])).toMatchObject([{ status: "pending" }]);
    await system.sandbox.finishRefunds();
    await delivered();
    expect(await refundRows(payment?.["id"])).toMatchObject([{ status: "succeeded" }]);
  });

  test("a refund above the payment is contradicted: nothing is written", async () => {
    const invoice = system.owe();
    const { payment_intent_id } = await system.pay(invoice);
    await delivered();
    // The books have less than Stripe has received, as after a change of the row by hand.
    const row = system.db("payments")("payments").where({ invoice_id: invoice.id });
    await row.clone().update({ amount_minor: 40_000 });
    const refund = await stripe().refunds.create({ payment_intent: payment_intent_id, amount: 40_001 });
    await delivered();
    expect(await receiveEvent("charge.refunded", { id: refund.charge })).toMatchObject({
      outcome: "contradicted: it does not fit the payment",
    });
    const [payment] = await system.payments(invoice);
    expect(payment).toMatchObject({ status: "succeeded", refunded_minor: 0 });
    expect(await refundRows(payment?.["id"])).toEqual([]);
    expect(await system.events("payment.refunded", invoice)).toEqual([]);
  });

  test("a refund that arrives before its payment's success settles the payment first", async () => {
    const invoice = system.owe();
    const intent = await system.call("payments.createPaymentIntent", { invoice: invoice.id });
    await delivered();
    system.sandbox.webhooks.hold();
    await system.payWith("pm_card_visa", intent);
    await stripe().refunds.create({ payment_intent: intent.payment_intent_id, amount: 900 });
    await system.sandbox.webhooks.release("newest_first");
    expect(await system.payments(invoice)).toMatchObject([{ status: "succeeded", refunded_minor: 900 }]);
    const told = system
      .db("payments")("outbox")
      .whereRaw("payload->>'invoice' = ?", [invoice.id])
      .orderBy("seq");
    expect(await told.pluck("type")).toEqual(["payment.succeeded", "payment.refunded"]);
  });

  test("refunds that arrive at once leave the newest total", async () => {
    const invoice = system.owe({ amount_minor: 1_000 });
    const { payment_intent_id } = await system.pay(invoice);
    await delivered();
    const amounts = [100, 200, 300];
    await Promise.all(
      amounts.map((amount) => stripe().refunds.create({ payment_intent: payment_intent_id, amount })),
    );
    await delivered();
    expect(await system.payments(invoice)).toMatchObject([{ refunded_minor: 600 }]);
    expect((await system.events("payment.refunded", invoice)).at(-1)).toMatchObject({ refunded_minor: 600 });
  });

  test("a dispute marks the payment once", async () => {
    system.sandbox.webhooks.duplicate(2);
    const invoice = system.owe();
    await system.pay(invoice, "pm_card_createDispute");
    const disputed = await eventually(async () => {
      const [payment] = await system.payments(invoice);
      return payment?.["disputed_at"] === null ? undefined : payment;
    });
    await delivered();
    expect(disputed).toMatchObject({ status: "succeeded", disputed_at: expect.any(String) });
    expect(await system.events("payment.disputed", invoice)).toHaveLength(1);
    expect(await receiveEvent("charge.dispute.created", { id: "dp_unheard_of" })).toMatchObject({
      outcome: expect.stringContaining("contradicted"),
    });
  });
});
