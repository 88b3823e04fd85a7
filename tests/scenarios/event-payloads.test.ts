import { randomUUID } from "node:crypto";
import { z } from "zod";
import { gatewayUrl } from "../../gateway/gateway.service";
import { sandboxOf } from "../../services/payments/stripe/own-sandbox";
import { contracts, eventContract, PRODUCERS } from "../../shared/contracts";
import { ANONYMOUS, asService } from "../../shared/service/caller";
import { payByCard } from "../support/http";
import { eventually, startSystem, user, type System } from "../support/system";
import { payloadsOf } from "../support/events";

let system: System;

beforeAll(async () => {
  system = await startSystem({ env: { TEST_CLOCK: "true", INVOICE_DUE_DAYS: "1" } });
  await system.drain();
  await system.db("cron").raw("UPDATE clock SET moved_to = '2031-01-31T10:00:00Z'");
  await sandboxOf(system.broker).deliverTo(`${gatewayUrl(system.broker)}/api/stripe/webhook/`);
  await changeUser();
  await inviteMember();
  await closeCustomer();
  await changePlans();
  await payDisputeAndRefund();
  await resolveReview();
  await endSubscriptions();
  await passThreeDays();
}, 60_000);
afterAll(() => system.stop());

async function changeUser(): Promise<void> {
  const { id } = await system.call("identity.register", {
    username: "anna",
    email: "anna@example.com",
    password: "correct horse battery",
  });
  await system.call("identity.updateUser", { id, email: "anna@example.org" });
  await system.call("identity.register", {
    username: "anna2",
    email: "anna@example.org",
    password: "correct horse battery",
  });
}

/** Somebody is invited to a customer, joins it, and is taken away. */
async function inviteMember(): Promise<void> {
  const { id: customer } = await system.call("identity.createCustomer", { name: "With members" });
  const email = "guest@example.com";
  const { id } = await system.call("identity.inviteMember", { customer, email });
  const link = await system.as(asService("notifications"))("identity.issueAccountLink", { id });
  const account = { username: "guest", password: "correct horse battery" };
  const accept = system.as(ANONYMOUS);
  const { user: guest } = await accept("identity.acceptInvitation", { token: link?.token ?? "", ...account });
  await system.call("identity.removeMember", { customer, user: guest });
}

async function closeCustomer(): Promise<void> {
  const { id } = await system.call("identity.createCustomer", { name: "Short-lived Ltd" });
  await system.call("identity.closeCustomer", { customer: id });
  await system.call("identity.eraseCustomer", { customer: id });
}

async function changePlans(): Promise<void> {
  const { id } = await system.call("catalog.createPlan", { name: "Old", amount_minor: 100, currency: "usd" });
  await system.call("catalog.updatePlan", { id, name: "Older", amount_minor: 200 });
  await system.call("catalog.archivePlan", { id });
}

/** Subscribes a new user. @returns the user's calls, the subscription and its first invoice */
async function subscribe(end_date?: string) {
  const as = system.as(user(randomUUID()));
  const until = end_date === undefined ? {} : { end_date };
  const subscription = await as("subscriptions.createSubscription", { plan: "Basic", ...until });
  await system.drain();
  const [invoice] = (await as("invoicing.listInvoices", {})).items;
  if (invoice === undefined) throw new Error("no invoice was issued");
  return { as, subscription, invoice };
}

/** A declined payment, a disputed one, and a refund. */
async function payDisputeAndRefund(): Promise<void> {
  const sandbox = sandboxOf(system.broker);
  for (const card of ["pm_card_chargeDeclined", "pm_card_createDispute", "pm_card_visa"]) {
    const { as, invoice } = await subscribe();
    const intent = await as("payments.createPaymentIntent", { invoice: invoice.id });
    await payByCard(sandbox.url, intent, card);
    if (card === "pm_card_visa")
      await sandbox.stripe.sdk.refunds.create({ payment_intent: intent.payment_intent_id, amount: 1 });
  }
  for (const type of ["payment.failed", "payment.disputed", "payment.refunded"])
    await eventually(async () =>
      (await payloadsOf(system, "payments", type)).length > 0 ? true : undefined,
    );
}

/** A payment whose amount was changed at Stripe, which staff accept. */
async function resolveReview(): Promise<void> {
  const sandbox = sandboxOf(system.broker);
  const { as, invoice } = await subscribe();
  const intent = await as("payments.createPaymentIntent", { invoice: invoice.id });
  await sandbox.stripe.sdk.paymentIntents.update(intent.payment_intent_id, { amount: 100 });
  await payByCard(sandbox.url, intent, "pm_card_visa");
  await expect(as("payments.confirmPayment", { invoice: invoice.id })).rejects.toThrow("check");
  const { payments } = await system.call("payments.getPaymentHistory", { invoice: invoice.id });
  const id = String(payments[0]?.id);
  await system.call("payments.resolvePayment", { id, resolution: "accept" });
}

async function endSubscriptions(): Promise<void> {
  const { as, subscription } = await subscribe();
  const metadata = { order: "A-17" };
  await system.call("subscriptions.updateSubscription", { id: subscription.id, metadata });
  await as("subscriptions.unsubscribe", { id: subscription.id });
  await subscribe("2031-02-02");
}

/** Three days later, invoices are overdue. Staff start a run of reminders. */
async function passThreeDays(): Promise<void> {
  const staff = system.as(user(randomUUID(), { staff: true }));
  await staff("cron.moveClock", { now: "2031-02-03T12:00:00Z" });
  await staff("invoicing.startBillingRun", { kind: "send_reminders" });
  // A run that was queued before such days were refused.
  await system.db("notifications").raw("INSERT INTO reminder_runs (as_of) VALUES ('1970-01-31')");
  await system.drain();
}

const events = Object.values(contracts).flatMap(({ name, events: ofProducer }) =>
  Object.keys(ofProducer).map((type) => [name, type] as const),
);

describe("the payload of every event has exactly the fields of its contract", () => {
  it.each(events)("%s appends %s", async (producer, type) => {
    const { schema } = eventContract(type);
    if (!(schema instanceof z.ZodObject)) throw new Error(`the payload of ${type} is not an object`);
    const appended = await payloadsOf(system, producer, type);
    expect(appended).not.toEqual([]);
    for (const payload of appended) {
      expect(Object.keys(payload).sort()).toEqual(Object.keys(schema.shape).sort());
      expect(schema.safeParse(payload).error).toBeUndefined();
    }
  });
});

it("no event is dead-lettered", async () => {
  for (const producer of PRODUCERS) expect(await system.call(`${producer}.listDeadLetters`, {})).toEqual([]);
});
