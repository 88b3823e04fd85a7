import { z } from "zod";
import { resources } from "../../gateway/routes";
import { responseFilter } from "../../gateway/response-filter";

const inner = z.object({ kept: z.string() });
const response = {
  200: z.object({
    one: inner,
    maybe: inner.nullable(),
    optional: inner.optional(),
    list: z.array(z.array(inner)),
    byName: z.record(z.string(), inner),
    strict: z.strictObject({ kept: z.string() }),
    free: z.looseObject({ kept: z.string() }),
    text: z.string(),
  }),
  201: z.array(inner),
  204: null,
  207: "text/csv",
};
const filter = responseFilter(response);
const kept = { kept: "x" };
const more = { kept: "x", secret: "y" };

test("fields that are not described are removed, however deep they are", () => {
  const body = {
    one: more,
    maybe: more,
    optional: more,
    list: [[more], []],
    byName: { a: more },
    strict: more,
    free: more,
    text: "x",
    secret: 1,
  };
  expect(filter(200, body)).toEqual({
    one: kept,
    maybe: kept,
    optional: kept,
    list: [[kept], []],
    byName: { a: kept },
    strict: kept,
    free: more,
    text: "x",
  });
  expect(filter(201, [more])).toEqual([kept]);
});

test("what is null, missing or no JSON stays as it is", () => {
  expect(filter(200, { maybe: null, list: null })).toEqual({ maybe: null, list: null });
  expect(filter(207, "a,b")).toBe("a,b");
  expect(filter(204, undefined)).toBeUndefined();
});

test("an explanation shows nothing that its payments, webhooks, mails and run do not describe", () => {
  const config = { publicUrl: "https://billing.example" };
  const routes = resources(config).flatMap((resource) => resource.routes);
  const explain = routes.find(({ operation }) => operation === "explainInvoice");
  const leaky = {
    invoice: { number: "INV-1", secret: 1 },
    subscription: { status: "active", secret: 1 },
    period: { index: 1, secret: 1 },
    price: { currency: "usd", secret: 1 },
    run: { as_of: "2026-01-01", secret: 1 },
    payments: [{ attempt: 1, secret: 1 }],
    webhooks: [{ type: "x", payload: { secret: 1 } }],
    deliveries: [{ kind: "receipt", message_id: "secret" }],
  };
  const shown = JSON.stringify(responseFilter(explain?.response ?? {})(200, leaky));
  expect(shown).not.toContain("secret");
  expect(JSON.parse(shown)).toMatchObject({ webhooks: [{ type: "x" }], deliveries: [{ kind: "receipt" }] });
});
