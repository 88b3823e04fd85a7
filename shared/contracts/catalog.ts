import { z } from "zod";
import { MAX_AMOUNT_MINOR } from "../money";
import { INTERVALS } from "../time";
import {
  action,
  amountMinor,
  currency,
  defineContract,
  id,
  instant,
  metadata,
  pageOf,
  pageParams,
  textLine,
} from "./contract";

export const interval = z.enum(INTERVALS);
const planName = textLine(100);
const description = z
  .string()
  .max(2000)
  .regex(/^(?:[\n\r\t]|[^\p{Cc}\p{Cs}])*$/u, "must be text");

/** The id of a plan, or the name of a plan on offer in any letter case. */
export const planReference = planName.meta({ description: "a plan's id, or its name in any letter case" });

/** A customer has at most one live subscription to each product. */
export const DEFAULT_PRODUCT = "default";
export const product = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/, "may hold lower-case letters, digits and . - _ only")
  .meta({ description: "what the plan is for: a customer has one live subscription to each product" });

const MAX_FEATURES = 50;

/** What a plan gives its subscribers, by name. The team's own software decides what each one means. */
export const features = z
  .record(
    z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/, "may hold lower-case letters, digits and . - _ only"),
    z.union(
      [
        z.boolean(),
        z.number(),
        z
          .string()
          .max(500)
          .regex(/^\P{Cs}*$/u),
      ],
      {
        error: "must be true, false, a number or a text",
      },
    ),
  )
  .refine((all) => Object.keys(all).length <= MAX_FEATURES, `must have at most ${MAX_FEATURES} features`)
  .meta({ description: "what subscribers get: true or false, numbers, texts, by name" });
export type Features = z.infer<typeof features>;

/** The item that a plan's own price is for. Every subscription has it, once. */
export const BASE_ITEM = "base";
const MAX_COMPONENTS = 20;

/** A part of a plan that has a price of its own. */
export const component = z.object({
  item: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, "may hold lower-case letters, digits and - _ only")
    .refine((item) => item !== BASE_ITEM, `"${BASE_ITEM}" is the plan's own price`)
    .meta({ description: "its name in requests and on invoices" }),
  description: textLine(100).meta({ description: "what customers read on invoices" }),
  per_unit: z.boolean().meta({ description: "whether the price is multiplied by a quantity" }),
  amount_minor: amountMinor.max(MAX_AMOUNT_MINOR),
});
export type Component = z.infer<typeof component>;
const components = z
  .array(component)
  .max(MAX_COMPONENTS)
  .refine((all) => new Set(all.map(({ item }) => item)).size === all.length, "must name each item once")
  .meta({ description: "what the plan charges besides its own price, in the order of the invoice" });

const planFields = {
  name: planName,
  product,
  amount_minor: amountMinor.max(MAX_AMOUNT_MINOR),
  currency,
  interval,
  interval_count: z.int().min(1).max(365),
  trial_days: z.int().min(0).max(730),
  description,
  features,
  metadata,
};

export const plan = z.object({ id, ...planFields, components, archived_at: instant.nullable() });
export type Plan = z.infer<typeof plan>;

/** A plan that was created or changed, and what staff should know about it. */
export const changedPlan = plan.extend({
  warnings: z.array(z.string()).meta({ description: "what staff should know, in sentences" }),
});
export type ChangedPlan = z.infer<typeof changedPlan>;

/** What events say about a plan. */
export const planFact = z.object({
  id,
  name: z.string(),
  product: z.string(),
  currency,
  interval,
  interval_count: z.int(),
  trial_days: z.int(),
  features: features.optional(),
  components: z.array(component.omit({ amount_minor: true })).optional(),
  archived: z.boolean(),
});

export const catalog = defineContract("catalog", {
  feedReaders: ["subscriptions", "invoicing"],
  actions: {
    /** Plans in the order of creation. `archived`, for staff only, adds the archived ones. */
    listPlans: action(
      "user",
      z.strictObject({ ...pageParams, archived: z.boolean().default(false) }),
      pageOf(plan),
      { key: "read" },
    ),
    getPlan: action(["user", "subscriptions"], z.strictObject({ plan: planReference }), plan, {
      key: "read",
    }),
    createPlan: action(
      "staff",
      z.strictObject({
        ...planFields,
        components: components.default([]),
        product: product.default(DEFAULT_PRODUCT),
        currency: currency.optional(),
        interval: interval.default("month"),
        interval_count: planFields.interval_count.default(1),
        trial_days: planFields.trial_days.default(0),
        description: planFields.description.default(""),
        features: features.default({}),
        metadata: metadata.default({}),
      }),
      changedPlan,
      { key: "admin", idempotency: "transaction" },
    ),
    updatePlan: action(
      "staff",
      z.strictObject({
        id,
        name: planName.optional(),
        amount_minor: planFields.amount_minor.optional(),
        /** all of them; only their prices can change */
        components: components.optional(),
        trial_days: planFields.trial_days.optional(),
        description: planFields.description.optional(),
        features: features.optional(),
        metadata: metadata.optional(),
      }),
      changedPlan,
      { key: "admin" },
    ),
    archivePlan: action("staff", z.strictObject({ id }), z.null(), { key: "admin" }),
  },
  events: {
    "plan.created": planFact,
    "plan.updated": planFact,
    "plan.archived": planFact,
    /** A price, and the business time from which it is in force; without `item` the plan's own. */
    "plan.price_set": z.object({
      plan: id,
      item: z.string().optional(),
      amount_minor: amountMinor,
      currency,
      effective_from: instant,
    }),
  },
});
