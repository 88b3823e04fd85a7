import { randomUUID } from "node:crypto";
import type { BillingRun } from "../../shared/contracts/invoicing";
import { startSystem, type System } from "../support/system";
import { client, fieldsOf } from "./client";
import { FakeServices } from "./fake-services";

let system: System;
let services: FakeServices;
const http = client(() => services.url);
let staff: string;
const customerId = randomUUID();

beforeAll(async () => {
  system = await startSystem({ services: ["gateway"], databaseUrl: process.env.TEST_DATABASE_URL ?? "" });
  services = new FakeServices(system.broker);
  staff = services.token({ staff: true });
});
beforeEach(() => services.clear());
afterAll(() => system.stop());

const id = "0198c0de-0000-7000-8000-000000000001";
const run: BillingRun = {
  id,
  kind: "generate_invoices",
  as_of: "2026-01-01",
  status: "queued",
  counts: {},
  max_count: null,
  max_total: null,
  error: null,
  created_at: "2026-01-01T00:00:00Z",
  started_at: null,
  finished_at: null,
  rate: null,
  estimated_finish: null,
};

describe("billing runs", () => {
  test("can be started and read by staff", async () => {
    services.on("invoicing.startBillingRun", () => run);
    services.on("invoicing.listBillingRuns", () => ({ items: [run], next: null }));
    services.on("invoicing.getBillingRun", () => ({
      ...run,
      status: "running" as const,
      counts: { issued: 3 },
    }));
    const asked = { kind: "generate_invoices", as_of: "2026-01-01" };
    const started = await http.post("/api/billing-runs/", { token: staff, body: asked });
    expect(started).toMatchObject({ status: 202, body: run });
    expect(started.headers.get("location")).toBe(`/api/billing-runs/${id}/`);
    expect(await http.get("/api/billing-runs/", { token: staff })).toMatchObject({
      status: 200,
      body: [run],
    });
    const watched = await http.get(started.headers.get("location") ?? "", { token: staff });
    expect(watched.body).toMatchObject({ status: "running", counts: { issued: 3 } });
  });
});

describe("limits of a billing run", () => {
  test.each([
    ["3.50", { usd: 350 }],
    [
      { usd: "3.50", jpy: "200" },
      { usd: 350, jpy: 200 },
    ],
  ])("can be an amount in the default currency, or amounts by currency: %j", async (given, inMinorUnits) => {
    services.on("invoicing.startBillingRun", ({ max_count = null, max_total = null }) => ({
      ...run,
      max_count,
      max_total,
    }));
    const body = { kind: "generate_invoices", max_count: 10, max_total: given };
    const started = await http.post("/api/billing-runs/", { token: staff, body });
    const byCurrency = typeof given === "string" ? { usd: given } : given;
    expect(started).toMatchObject({ status: 202, body: { max_count: 10, max_total: byCurrency } });
    expect(services.callsOf("invoicing.startBillingRun")).toMatchObject([
      { params: { max_count: 10, max_total: inMinorUnits } },
    ]);
  });

  test.each([
    [{ max_total: "-1.00" }, "max_total"],
    [{ max_total: 0.1 + 0.2 }, "max_total"],
    [{ max_total: "1.001" }, "max_total"],
    [{ max_total: { usd: "-1.00" } }, "max_total.usd"],
    [{ max_total: { xxx: "1.00" } }, "max_total"],
    [{ max_total: { jpy: "1.50" } }, "max_total"],
    [{ max_count: -1 }, "max_count"],
    [{ max_count: "10" }, "max_count"],
    [{ as_of: "2026-02-30" }, "as_of"],
    [{ as_of: "1969-12-31" }, "as_of"],
    [{ limit: 10 }, "limit"],
  ])("that make no sense are refused by name: %j", async (limits, field) => {
    const { status, body } = await http.post("/api/billing-runs/", {
      token: staff,
      body: { kind: "generate_invoices", ...limits },
    });
    expect(status).toBe(400);
    expect(fieldsOf(body)).toEqual([field]);
    expect(services.calls).toEqual([]);
  });
});

describe("the billing preview", () => {
  const figures = {
    currency: "usd",
    count: 3,
    amount_minor: 149_700,
    previous_minor: 150_700,
    difference_minor: -1_000,
  };
  const shown = {
    currency: "usd",
    count: 3,
    amount: "1497.00",
    previous_amount: "1507.00",
    difference: "-10.00",
  };
  const summary = {
    count: 3,
    totals: [figures],
    plans: [{ plan: id, plan_name: "Pro", ...figures }],
    parked: [{ reason: "no price", count: 1 }],
    detail: null,
  };
  const ids = { subscription: id, customer: customerId, plan: id };
  const first = {
    ...ids,
    period_start: "2026-02-01",
    period_end: "2026-03-01",
    amount_minor: 49_900,
    currency: "usd",
    previous_minor: null,
  };
  const second = {
    ...first,
    period_start: "2026-03-01",
    period_end: "2026-04-01",
    currency: "jpy",
    previous_minor: 500,
  };

  test("shows what a run would issue: totals and rows", async () => {
    services.on("invoicing.previewBilling", () => ({
      as_of: "2026-03-01",
      summary,
      items: [first],
      next: "abc",
    }));
    const { status, body, headers } = await http.get("/api/billing-preview/?as_of=2026-03-01&limit=1000", {
      token: staff,
    });
    expect(status).toBe(200);
    const { amount_minor: _amount, previous_minor: _previous, ...row } = first;
    expect(body).toEqual({
      as_of: "2026-03-01",
      count: 3,
      totals: [shown],
      plans: [{ plan: id, plan_name: "Pro", ...shown }],
      parked: [{ reason: "no price", count: 1 }],
      detail: null,
      rows: [{ ...row, amount: "499.00", previous_amount: null }],
    });
    expect(headers.get("link")).toBe(
      '</api/billing-preview/?as_of=2026-03-01&limit=1000&cursor=abc>; rel="next"',
    );
    expect(services.callsOf("invoicing.previewBilling")).toMatchObject([
      { params: { as_of: "2026-03-01", limit: 1000, summary: true } },
    ]);
  });

  test("has only rows on later pages, and says why it is empty", async () => {
    services.on("invoicing.previewBilling", () => ({
      as_of: "2026-03-01",
      summary: null,
      items: [],
      next: null,
    }));
    expect((await http.get("/api/billing-preview/?cursor=abc", { token: staff })).body).toEqual({
      as_of: "2026-03-01",
      rows: [],
    });
    const nothing = {
      count: 0,
      totals: [],
      plans: [],
      parked: [],
      detail: "Every period is billed already.",
    };
    services.on("invoicing.previewBilling", () => ({
      as_of: "2026-03-01",
      summary: nothing,
      items: [],
      next: null,
    }));
    expect((await http.get("/api/billing-preview/", { token: staff })).body).toEqual({
      as_of: "2026-03-01",
      ...nothing,
      rows: [],
    });
  });

  const ask = (query: string, accept?: string) => {
    services.on("invoicing.previewBilling", () => ({
      as_of: "2026-03-01",
      summary: null,
      items: [first, second],
      next: "abc",
    }));
    return http.get(`/api/billing-preview/${query}`, {
      token: staff,
      ...(accept === undefined ? {} : { headers: { accept } }),
    });
  };

  test.each([
    ["?format=csv", "application/json"],
    ["?format=csv", undefined],
    ["", "text/csv"],
    ["", "TEXT/CSV"],
    ["", "text/*"],
    ["", "application/json;q=0, text/csv;q=0.1"],
    ["", "application/json;q=0.5, text/csv"],
    ["", "*/*, application/json;q=0.1"],
  ])("is CSV for %s, Accept %s", async (query, accept) => {
    const { status, headers, text } = await ask(query, accept);
    expect(status).toBe(200);
    expect(headers.get("link")).toContain('rel="next"');
    expect(headers.get("vary")).toContain("Accept");
    expect(headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(headers.get("content-disposition")).toBe('attachment; filename="billing-preview-2026-03-01.csv"');
    expect(text).toBe(
      "subscription,customer,plan,period_start,period_end,amount,currency,previous_amount\r\n" +
        `${id},${customerId},${id},2026-02-01,2026-03-01,499.00,usd,\r\n` +
        `${id},${customerId},${id},2026-03-01,2026-04-01,49900,jpy,500\r\n`,
    );
    expect(services.callsOf("invoicing.previewBilling")).toMatchObject([{ params: { summary: false } }]);
  });

  test.each([
    ["?format=json", "text/csv"],
    ["", "application/json, text/csv;q=0.5"],
    ["", "*/*"],
    ["", "text/csv, application/json"],
    ["", "text/csv;q=0"],
    ["", "text/csv; Q=0.0, */*"],
    ["", "text/csvx"],
    ["", "image/png"],
  ])("is JSON for %s, Accept %s", async (query, accept) =>
    expect((await ask(query, accept)).headers.get("content-type")).toContain("application/json"),
  );

  test.each([
    ["?as_of=2026-02-30", ["as_of"]],
    ["?as_of=", ["as_of"]],
    ["?as_of=2026-01-01&as_of=2026-01-02", ["as_of"]],
    ["?limit=1001", ["limit"]],
    ["?limit=-1", ["limit"]],
    ["?format=xml", ["format"]],
    ["?day=2026-01-01", ["day"]],
  ])("refuses %s by name", async (query, fields) => {
    const { status, body } = await http.get(`/api/billing-preview/${query}`, { token: staff });
    expect(status).toBe(400);
    expect(fieldsOf(body)).toEqual(fields);
    expect(services.calls).toEqual([]);
  });
});
