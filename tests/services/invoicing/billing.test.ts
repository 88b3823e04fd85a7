import { randomUUID } from "node:crypto";
import { fakeProducer, type FakeProducer } from "../../support/fake-producer";
import { startSystem, type System } from "../../support/system";

let system: System;
let catalog: FakeProducer<"catalog">;
let subscriptions: FakeProducer<"subscriptions">;
let cron: FakeProducer<"cron">;

const plan = randomUUID();

beforeAll(async () => {
  system = await startSystem({ services: ["invoicing"], env: { LOG_LEVEL: "warn" } });
  catalog = await fakeProducer(system.broker, "catalog");
  subscriptions = await fakeProducer(system.broker, "subscriptions");
  cron = await fakeProducer(system.broker, "cron");
  await fakeProducer(system.broker, "payments");
  await fakeProducer(system.broker, "notifications");
  await catalog.append("plan.created", { id: plan, name: "Pro", currency: "usd", interval: "month", interval_count: 1, trial_days: 0, archived: false });
  await catalog.append("plan.price_set", { plan_id: plan, amount_minor: 49_900, currency: "usd", effective_from: "2026-01-01T00:00:00Z" });
});
afterAll(() => system.stop());

async function subscribe(fields: Record<string, unknown> = {}): Promise<string> {
  const id = randomUUID();
  await subscriptions.append("subscription.created", {
    id,
    user_id: randomUUID(),
    plan_id: plan,
    currency: "usd",
    interval: "month",
    interval_count: 1,
    trial_days: 0,
    start_date: "2026-01-31",
    end_date: null,
    subscribed_at: "2026-01-31T09:00:00Z",
    created_on: "2026-01-31",
    ...fields,
  });
  return id;
}

const invoicesOf = async (subscription_id: string) =>
  (await system.call("invoicing.listInvoices", { subscription_id })).items.reverse();

it("bills a subscription that starts today at once", async () => {
  const id = await subscribe();
  await system.settle();
  expect(await invoicesOf(id)).toMatchObject([
    { period_start: "2026-01-31", period_end: "2026-02-28", amount_minor: 49_900, currency: "usd", status: "pending", issue_date: "2026-01-31", due_date: "2026-02-07" },
  ]);
});

it("bills every missed period once, from the original anchor", async () => {
  const id = await subscribe();
  await cron.append("billing.invoices_due", { as_of: "2026-05-31" });
  await system.settle();
  expect((await invoicesOf(id)).map((invoice) => invoice.period_start)).toEqual([
    "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31",
  ]);
});
