import { randomUUID } from "node:crypto";
import { resources } from "../../gateway/routes";
import { BillingError, notFound } from "../../shared/errors";
import type { ResultOf } from "../../shared/contracts";
import { startSystem, type System } from "../support/system";
import { client } from "./client";
import { FakeServices } from "./fake-services";
import { unpaidAmounts, wholeLine } from "../support/invoices";

let system: System;
let services: FakeServices;
const http = client(() => services.url);

const SANDBOX = {
  publishable_key: "pk_test_1",
  stripe_js_url: "http://127.0.0.1:4242/stripe.js",
  sandbox: true,
};
const STRIPE = {
  publishable_key: "pk_live_1",
  stripe_js_url: "https://js.stripe.com/endive/stripe.js",
  sandbox: false,
};
const id = randomUUID();
const invoice: ResultOf<"invoicing.getInvoice"> = {
  id,
  number: "INV-00000042",
  subscription: id,
  customer: id,
  user: null,
  bill_to: { name: "ada+co", email: "ada@example.com", address: null, vat_id: null },
  plan: id,
  period_start: "2026-01-31",
  period_end: "2026-02-28",
  ...unpaidAmounts(123_450),
  currency: "usd",
  issue_date: "2026-01-31",
  due_date: "2026-02-07",
  status: "pending",
  paid_at: null,
  refunded_minor: 0,
  disputed_at: null,
  metadata: {},
  lines: [
    { ...wholeLine("Pro, January", 40_000), quantity: 3, amount_minor: 120_000 },
    wholeLine("Support <24/7>", 3_450),
  ],
};
beforeAll(async () => {
  const databaseUrl = process.env.TEST_DATABASE_URL ?? "";
  system = await startSystem({ services: ["gateway"], databaseUrl });
  services = new FakeServices(system.broker);
});
beforeEach(() => {
  services.clear();
  services.on("payments.getPageSettings", () => SANDBOX);
  services.on("invoicing.getInvoice", () => invoice);
});
afterAll(() => system.stop());

/** The policy's sources by directive. */
function policyOf(headers: Headers): Record<string, string> {
  const directives = (headers.get("content-security-policy") ?? "")
    .split(";")
    .map((each) => each.trim().split(" "));
  return Object.fromEntries(directives.map(([name = "", ...sources]) => [name, sources.join(" ")]));
}

describe("the payment page", () => {
  test("shows the invoice and the form to pay it", async () => {
    const { status, headers, text } = await http.get(`/api/pay/?invoice=${id}`);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    const dates = ["7 February 2026", "31 January 2026", "27 February 2026"];
    for (const shown of ["INV-00000042", "$1,234.50", ">Due<", "Pay $1,234.50", ...dates])
      expect(text).toContain(shown);
    expect(text).toContain(`data-invoice="${id}"`);
    expect(text).toContain(`data-stripe="${SANDBOX.stripe_js_url}"`);
    expect(services.callsOf("invoicing.getInvoice")).toMatchObject([
      { params: { id }, caller: { kind: "service", name: "gateway" } },
    ]);
  });

  test("shows what was sold, and to whom", async () => {
    const { text } = await http.get(`/api/pay/?invoice=${id}`);
    const plain = text.replaceAll(/<[^>]+>/g, " ").replaceAll(/\s+/g, " ");
    expect(plain).toContain("Pro, January (3 × $400.00) $1,200.00");
    expect(plain).toContain("Support &lt;24/7&gt; $34.50");
    expect(plain).toContain("Total $1,234.50");
    expect(plain).toContain("Billed to ada+co");
    expect(text).not.toContain("ada@example.com");
  });

  test("can be paid where it is not known to whom it was billed", async () => {
    services.on("invoicing.getInvoice", () => ({ ...invoice, bill_to: null }));
    const { status, text } = await http.get(`/api/pay/?invoice=${id}`);
    expect(status).toBe(200);
    expect(text).not.toContain("Billed to");
    expect(text).toContain('id="payment"');
  });

  test("waits for nothing without its script: the form is hidden until then", async () => {
    const { text } = await http.get(`/api/pay/?invoice=${id}`);
    expect(text).toMatch(/<form[^>]*id="payment"[^>]* hidden\s*>/);
    expect(text).toContain("Card payments need JavaScript.");
  });

  test.each([
    ["jpy", 123_450, "¥123,450"],
    ["kwd", 1_500, "KWD\u00a01.500"],
    ["huf", 490_050, "HUF\u00a04,900.50"],
    ["eur", Number.MAX_SAFE_INTEGER, "€90,071,992,547,409.91"],
  ])("shows amounts in %s to the last digit", async (currency, amount_minor, shown) => {
    services.on("invoicing.getInvoice", () => ({ ...invoice, currency, amount_minor }));
    expect((await http.get(`/api/pay?invoice=${id}`)).text).toContain(shown);
  });

  test("says when an invoice is overdue", async () => {
    services.on("invoicing.getInvoice", () => ({ ...invoice, status: "overdue" as const }));
    expect((await http.get(`/api/pay/?invoice=${id}`)).text).toContain('class="status overdue">Overdue<');
  });

  test("has no form for a paid invoice", async () => {
    services.on("invoicing.getInvoice", () => ({
      ...invoice,
      status: "paid" as const,
      paid_at: "2026-02-01T00:00:00Z",
    }));
    const { text } = await http.get(`/api/pay/?invoice=${id}`);
    expect(text).toContain("We have received your payment.");
    expect(text).toContain("<title>Receipt for invoice INV-00000042</title>");
    expect(text).toContain('<time datetime="2026-02-01">1 February 2026</time>');
    expect(text).toContain("Print or save the receipt");
    expect(text).not.toMatch(/<form|stripe\.js|pay\.js|Due date/);
  });

  test("shows what was refunded", async () => {
    const paid_at = "2026-02-01T00:00:00Z";
    services.on("invoicing.getInvoice", () => ({
      ...invoice,
      status: "paid" as const,
      paid_at,
      refunded_minor: 450,
    }));
    const { text } = await http.get(`/api/pay/?invoice=${id}`);
    expect(text.replaceAll(/<[^>]+>|\s+/g, "")).toContain("Refunded$4.50");
  });

  test("says when there is nothing to pay", async () => {
    services.on("invoicing.getInvoice", () => ({
      ...invoice,
      amount_minor: 0,
      status: "paid" as const,
      paid_at: "2026-01-31T00:00:00Z",
    }));
    const { text } = await http.get(`/api/pay/?invoice=${id}`);
    expect(text).toContain("There is nothing to pay for this invoice.");
    expect(text).not.toMatch(/<form|stripe\.js|pay\.js|Print|Paid on/);
  });

  test("accepts the parameters that Stripe adds when a customer comes back", async () => {
    const added = "payment_intent=pi_1&payment_intent_client_secret=pi_1_secret_2&redirect_status=succeeded";
    const { status, text } = await http.get(`/api/pay/?invoice=${id}&${added}`);
    expect(status).toBe(200);
    expect(text).not.toContain("pi_1");
  });

  test("asks for the id when it is missing, malformed or unknown", async () => {
    const without = await http.get("/api/pay/");
    expect(without.status).toBe(200);
    expect(without.text).toContain('name="invoice"');
    expect(without.text).not.toContain('role="alert"');

    const malformed = await http.get("/api/pay/?invoice=INV-00000042");
    expect(malformed.status).toBe(400);
    expect(malformed.text).toContain("This is not an invoice ID");
    expect(malformed.text).toContain('value="INV-00000042"');

    services.on("invoicing.getInvoice", () => {
      throw notFound("invoice");
    });
    const unknown = await http.get(`/api/pay/?invoice=${id}`);
    expect(unknown.status).toBe(404);
    expect(unknown.text).toContain("We could not find this invoice.");
    expect(services.callsOf("invoicing.getInvoice")).toHaveLength(1);
  });

  test("is a page also when a service is away, and shows no internals", async () => {
    services.on("invoicing.getInvoice", () => {
      throw new BillingError(503, "database.unavailable", "10.0.0.1 is away");
    });
    const { status, text } = await http.get(`/api/pay/?invoice=${id}`);
    expect(status).toBe(503);
    expect(text).toContain("We cannot show invoices at the moment.");
    expect(text).not.toContain("10.0.0.1");
  });

  test("escapes an id that holds markup", async () => {
    const attack = `"><script src=//evil.example></script><img onerror='x'>`;
    const { text } = await http.get(`/api/pay/?invoice=${encodeURIComponent(attack)}`);
    expect(text).not.toContain("<script");
    expect(text).not.toContain("<img");
    expect(text).toContain("&quot;&gt;&lt;script");
  });

  test("has no inline script or style, and loads from Stripe only what Stripe needs", async () => {
    services.on("payments.getPageSettings", () => STRIPE);
    const { headers, text } = await http.get(`/api/pay/?invoice=${id}`);
    expect(policyOf(headers)).toEqual({
      "default-src": "'none'",
      "base-uri": "'none'",
      "form-action": "'self'",
      "frame-ancestors": "'none'",
      "style-src": "'self'",
      "img-src": "'self'",
      "script-src": "'self' https://js.stripe.com https://*.js.stripe.com",
      "connect-src": "'self' https://api.stripe.com",
      "frame-src": "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
    });
    expect(text).not.toMatch(/<script(?![^>]* src=)| style=| on\w+=/);
    expect(text).not.toContain("Sandbox");
  });

  test("says that it is a sandbox, and loads only from the sandbox's address", async () => {
    const { headers, text } = await http.get(`/api/pay/?invoice=${id}`);
    expect(text).toContain("Sandbox: no real money moves.");
    expect(text).toContain("Do not enter a real card. Pay with 4242 4242 4242 4242");
    expect(text).not.toContain("go directly to Stripe");
    expect(policyOf(headers)).toMatchObject({
      "script-src": "'self' http://127.0.0.1:4242",
      "connect-src": "'self' http://127.0.0.1:4242",
      "style-src": "'self'",
    });
  });

  test("serves its own files", async () => {
    const script = await http.get("/api/pay/pay.js");
    expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(script.text).toContain("create-payment-intent/");
    expect(script.text).not.toMatch(/\bimport\b.*from|: HTMLElement/);
    expect((await http.get("/api/pay/print.js")).text).toContain("window.print()");
    expect(await http.get("/api/pay/logo")).toMatchObject({ status: 404 });
    expect((await http.get("/api/pay/pay.css")).headers.get("content-type")).toBe("text/css; charset=utf-8");
    expect((await http.get("/api/pay/icon.svg")).headers.get("content-type")).toBe("image/svg+xml");
    expect(await http.get("/api/pay/pay.ts")).toMatchObject({ status: 404 });
  });
});

interface Operation {
  operationId: string;
  security: object[];
  parameters?: { in: string; name: string }[];
  responses: Record<string, object>;
}

interface Described {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}

function operationsOf({ paths }: Described) {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, ...operation })),
  );
}

/** All values of `$ref` below a value. */
function refsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => (key === "$ref" ? [each as string] : refsIn(each)));
}

describe("the API's description", () => {
  let description: Described;

  beforeAll(async () => {
    description = (await http.get("/api/openapi.json")).body as Described;
  });

  test("holds every route, and nothing else", () => {
    const described = operationsOf(description).map(({ path, method }) => `${method} ${path}`);
    const routes = resources(system.config).flatMap((resource) => resource.routes);
    const shown = routes
      .filter(({ operation }) => operation !== null)
      .map(({ method, path }) => `${method} ${path.replace(/(.)\/$/, "$1")}`);
    expect(described.sort()).toEqual(shown.sort());
    expect(description.openapi).toBe("3.1.0");
  });

  test("has no broken reference", () => {
    const refs = new Set(refsIn(description));
    expect(refs).toContain("#/components/schemas/Problem");
    for (const ref of refs) {
      const keys = ref.replace(/^#\//, "").split("/");
      const found = keys.reduce<unknown>(
        (value, key) => (value as Record<string, unknown>)[key],
        description,
      );
      expect([ref, typeof found]).toEqual([ref, "object"]);
    }
  });

  test("has a unique name, the path's ids and the security of every operation", () => {
    const operations = operationsOf(description);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { path, parameters = [], responses } of operations) {
      const inPath = parameters.filter((each) => each.in === "path").map(({ name }) => `{${name}}`);
      expect([path, ...inPath]).toEqual([path, ...(path.match(/\{\w+\}/g) ?? [])]);
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(["400", "4XX", "5XX"]));
    }
    const pick = (path: string, method: string) => description.paths[path]?.[method]?.security;
    expect(pick("/api/plans", "post")).toEqual([{ bearer: [] }, { key: ["admin"] }]);
    expect(pick("/api/token", "post")).toEqual([]);
    expect(pick("/api/create-payment-intent", "post")).toEqual([{}, { bearer: [] }, { key: ["write"] }]);
    expect(pick("/api/api-keys", "post")).toEqual([{ bearer: [] }]);
  });

  test("names operations by what they do, also beside each other", () => {
    const ids = operationsOf(description).map(({ operationId }) => operationId);
    for (const each of ids) expect(each).toMatch(/^[a-z]+([A-Z][a-z]+)+$|^unsubscribe$/);
    expect(ids).toEqual(expect.arrayContaining(["listPlans", "replacePlan", "updatePlan", "unsubscribe"]));
  });

  test("shows amounts as text, never in minor units", () => {
    expect(JSON.stringify(description)).not.toContain("_minor");
    const text = { type: "string" };
    expect(description.components.schemas["Invoice"]).toMatchObject({
      properties: { amount: text, refunded: text },
    });
  });

  test("is shown by a page that loads only from this server", async () => {
    const { status, headers, text } = await http.get("/api/docs");
    expect(status).toBe(200);
    expect(policyOf(headers)).toMatchObject({
      "default-src": "'none'",
      "script-src": "'self'",
      "connect-src": "'self'",
    });
    expect(text).not.toMatch(/https?:|<script(?![^>]* src=)/);
    const parts = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = ""]) => path);
    expect(parts).toHaveLength(4);
    for (const path of parts) {
      const part = await http.get(path);
      expect([path, part.status, part.text.length > 100]).toEqual([path, 200, true]);
    }
  });

  test("can be found from / and /api/", async () => {
    const { status, headers } = await fetch(`${services.url}/`, { redirect: "manual" });
    expect([status, headers.get("location")]).toEqual([302, "/api/docs"]);
    expect(await http.get("/api/")).toMatchObject({
      status: 200,
      body: { docs: "/api/docs", openapi: "/api/openapi.json" },
    });
  });
});
