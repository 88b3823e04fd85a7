import type { z } from "zod";

const DAY = "2026-11-27";
const INSTANT = "2026-11-27T09:00:00Z";

/** What fields hold in the examples of the API's description, by their names; the schemas check them. */
const SAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  access: ["eyJhbGciOiJFUzI1NiIs…"],
  action: ["customer.updated"],
  actor: ["user:0198c0de-0000-7000-8000-000000000007"],
  advance: ["P1M"],
  amount: ["499.00"],
  archived_at: [null],
  cancelled_at: [null],
  client_secret: ["pi_3Pq_secret_7Yx"],
  city: ["Vienna"],
  closed_at: [null],
  country: ["AT"],
  counts: [{ due: 120, issued: 120, parked: 0 }],
  currency: ["usd"],
  current_period_end: ["2026-12-27"],
  current_password: ["correct horse battery"],
  customer: ["0198c0de-0000-7000-8000-000000000004"],
  description: ["Everything for a small team"],
  detail: ["Done."],
  difference: ["0.00"],
  disputed_at: [null],
  due_date: ["2026-12-04"],
  email: ["ada@example.com"],
  email_confirmed_at: [INSTANT],
  end_date: [null, "2027-11-27"],
  error: [null],
  estimated_finish: [null],
  external_id: ["crm-42"],
  features: [{ seats: 25, sso: true }],
  finished_at: [INSTANT],
  id: ["0198c0de-0000-7000-8000-000000000001"],
  interval: ["month"],
  invoice: ["42760db7-3fff-4a0e-9d3c-5a1f0f3f9c11"],
  invoice_id: ["42760db7-3fff-4a0e-9d3c-5a1f0f3f9c11"],
  key: ["bk_0198c0de000070008000000000000009_PLE2…"],
  last_error_code: [null],
  line1: ["Ring 1"],
  line2: ["Door 4"],
  locale: ["en"],
  max_count: [150],
  max_total: [{ usd: "80000.00" }],
  metadata: [{ order: "7" }],
  name: ["Example Ltd"],
  number: ["INV-00000042"],
  object: ["0198c0de-0000-7000-8000-000000000001"],
  old_secret_until: [null],
  password: ["correct horse battery"],
  paid_at: [null],
  payment_intent_id: ["pi_3Pq"],
  period_end: ["2026-12-27"],
  plan: ["Pro", "0198c0de-0000-7000-8000-000000000002"],
  plan_name: ["Pro"],
  postal_code: ["1010"],
  previous_amount: ["499.00"],
  price: ["499.00"],
  product: ["default"],
  publishable_key: ["pk_test_51"],
  reason: ["the plan has no price on 2026-11-27"],
  refresh: ["mF_9.B5f-4.1JqM"],
  refunded: ["0.00"],
  revoked_at: [null],
  rotated_at: [null],
  says: ["numbers of invoices have no gaps"],
  start_date: [DAY],
  state: ["Vienna"],
  step: ["1 mon"],
  stripe_payment_intent_id: ["pi_3Pq"],
  token: ["0198c0de000070008000000000000005_hDk…"],
  trial_days: [0],
  type: ["payment_intent.succeeded"],
  unit_amount: ["499.00"],
  until: [null],
  user: ["0198c0de-0000-7000-8000-000000000007"],
  username: ["ada"],
  vat_id: ["ATU12345678"],
  warnings: [[]],
  zone: ["UTC"],
};

/** Samples for text without a name of its own, by its format. */
const BY_FORMAT: readonly unknown[] = [
  "text",
  DAY,
  INSTANT,
  "0198c0de-0000-7000-8000-000000000003",
  "499.00",
  1,
  "usd",
];

/** How much of an object an example shows: all of an answer, what a request cannot do without. */
type Extent = "answer" | "request";

/**
 * An example of what a schema describes, for the API's description.
 * @param name of the field, where there is one
 * @throws Error for a schema that no sample fits: the field needs one
 */
export function exampleOf(schema: z.ZodType, extent: Extent, name = ""): unknown {
  const samples = SAMPLES[name] ?? [];
  const fitting = samples.find((sample) => schema.safeParse(sample).success);
  if (fitting !== undefined) return fitting;
  const { def } = schema as unknown as { def: Def };
  switch (def.type) {
    case "object":
      return exampleOfObject(def.shape ?? {}, extent);
    case "array":
      return [exampleOf(def.element as z.ZodType, extent, name)];
    case "optional":
    case "nullable":
    case "default":
    case "nonoptional":
      return exampleOf(def.innerType as z.ZodType, extent, name);
    case "pipe":
      return exampleOf(def.in as z.ZodType, extent, name);
    case "record":
      return {};
    case "union":
      return exampleOf(def.options?.[0] as z.ZodType, extent, name);
    case "enum":
      return Object.values(def.entries ?? {})[0];
    case "literal":
      return def.values?.[0];
    case "boolean":
      return true;
    case "unknown":
      return {};
    default:
      return exampleOfValue(schema, name);
  }
}

/** What is read of zod's definitions. */
interface Def {
  type: string;
  shape?: Record<string, z.ZodType>;
  element?: z.ZodType;
  innerType?: z.ZodType;
  in?: z.ZodType;
  options?: z.ZodType[];
  entries?: Record<string, unknown>;
  values?: unknown[];
}

function exampleOfObject(shape: Record<string, z.ZodType>, extent: Extent): object {
  const fields = Object.entries(shape);
  const required = fields.filter(([, field]) => !field.safeParse(undefined).success);
  // A change of nothing would be no example.
  const shown = extent === "answer" ? fields : required.length > 0 ? required : fields.slice(0, 1);
  return Object.fromEntries(shown.map(([name, field]) => [name, exampleOf(field, extent, name)]));
}

function exampleOfValue(schema: z.ZodType, name: string): unknown {
  if (schema.meta()?.["format"] === "date-time") return INSTANT;
  const fitting = BY_FORMAT.find((sample) => schema.safeParse(sample).success);
  if (fitting === undefined) throw new Error(`no sample fits the field ${name}`);
  return fitting;
}
