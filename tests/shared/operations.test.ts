import { gatewayUrl } from "../../gateway/gateway.service";
import { OperationsServer } from "../../shared/process/operations/server";
import { startSystem, user, type System } from "../support/system";

let system: System;
const operations = new OperationsServer();
const get = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(`http://127.0.0.1:${operations.port}${path}`, init);
  return { status: response.status, text: await response.text(), type: response.headers.get("content-type") };
};

beforeAll(async () => {
  await operations.listen({ port: 0, host: "127.0.0.1" });
});
afterAll(async () => {
  await operations.close();
  await system.stop();
});

it("answers before there is anything to operate: alive, not ready, and what it waits for", async () => {
  operations.waitingFor = "postgres";
  expect(await get("/health")).toMatchObject({ status: 200, text: '{"status":"ok"}' });
  expect(await get("/ready")).toMatchObject({
    status: 503,
    text: '{"ready":false,"waiting_for":"postgres"}',
  });
  const { status, text } = await get("/metrics");
  expect(status).toBe(200);
  expect(text).toContain("process_cpu_seconds_total");
});

it("is ready once the services have started and Postgres answers", async () => {
  system = await startSystem();
  operations.broker = system.broker;
  expect(await get("/ready")).toMatchObject({
    status: 200,
    text: JSON.stringify({ ready: true, checks: { services: "ok", postgres: "ok" } }),
  });
});

it("knows no other page and no other method", async () => {
  expect((await get("/")).status).toBe(404);
  expect((await get("/ready", { method: "POST" })).status).toBe(405);
});

it("tells how actions, feeds and billing go, in Prometheus's text format", async () => {
  await system.call("catalog.createPlan", { name: 'The "best"\\plan', amount_minor: 100 });
  await system.drain();
  const customer = await system.call("identity.register", {
    username: "ada",
    email: "ada@example.com",
    password: "a long enough secret",
  });
  await system.as(user(customer.id))("subscriptions.createSubscription", { plan: "pro" });
  await system.drain();
  await fetch(`${gatewayUrl(system.broker)}/api/plans/`);
  const { text, type } = await get("/metrics");
  expect(type).toBe("text/plain; version=0.0.4; charset=utf-8");
  for (const line of [
    'billing_action_duration_seconds_count{action="catalog.createPlan"} 1',
    'billing_feed_lag_events{consumer="invoicing",producer="catalog"} 0',
    'billing_rows_total{kind="generate_invoices",outcome="issued"} 1',
    'billing_http_request_duration_seconds_count{method="GET",route="/api/plans/",status="401"} 1',
  ])
    expect(text.split("\n")).toContain(line);
  expect(text).toMatch(/^billing_action_duration_seconds_sum\{action="catalog\.createPlan"\} 0\.\d+$/m);
  expect(text).toMatch(
    /^billing_events_consumed_total\{consumer="invoicing",producer="catalog"\} [1-9]\d*$/m,
  );
});

it("counts from zero, so that the first one is a change", async () => {
  const { text } = await get("/metrics");
  for (const line of [
    'billing_dead_letters_total{consumer="invoicing",producer="catalog",type="plan.created"} 0',
    'billing_rows_total{kind="mark_overdue",outcome="marked"} 0',
  ])
    expect(text.split("\n")).toContain(line);
});

it("has our own metrics and Node's, each with a help text; Moleculer's only on request", async () => {
  const namesIn = (text: string) => [...text.matchAll(/^# HELP (\S+) \S/gm)].map(([, name]) => name);
  const { text } = await get("/metrics");
  const names = namesIn(text);
  expect(names).toHaveLength(text.match(/^# TYPE /gm)?.length ?? 0);
  expect(names.filter((name) => !/^(billing|process|nodejs)_/.test(name ?? ""))).toEqual([]);
  expect(namesIn((await get("/metrics?moleculer=")).text)).toEqual(
    expect.arrayContaining([...names, "moleculer_request_total"]),
  );
});

it("writes nothing that a Prometheus server cannot read", async () => {
  // It reads NaN in any case of letters.
  const { text } = await get("/metrics?moleculer");
  const sample =
    /^[a-zA-Z_:][\w:]*(\{([a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (nan|[+-]?[\d.]+(e[+-]?\d+)?)$/i;
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("# "));
  expect(lines.length).toBeGreaterThan(50);
  expect(lines.filter((line) => !sample.test(line))).toEqual([]);
  const families = text.split("\n").filter((line) => line.startsWith("# TYPE"));
  expect(new Set(families).size).toBe(families.length);
});

it("counts a histogram's buckets upwards to its count", async () => {
  const { text } = await get("/metrics");
  const values = [
    ...text.matchAll(
      /^billing_action_duration_seconds_bucket\{le="([^"]+)",action="catalog\.createPlan"\} (\d+)$/gm,
    ),
  ];
  const counts = values.map(([, , count]) => Number(count));
  expect(values.at(-1)?.[1]).toBe("+Inf");
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  expect(counts.at(-1)).toBe(1);
});
