import { z } from "zod";
import {
  action,
  comparable,
  currency,
  defineContract,
  exportParams,
  id,
  instant,
  isoDate,
  metadata,
  pageOf,
} from "./contract";
import { DEFAULT_PRODUCT, features, interval, planReference, product } from "./catalog";

export const subscriptionStatus = z.enum(["active", "cancelled", "expired"]);
export type SubscriptionStatus = z.infer<typeof subscriptionStatus>;

const MAX_QUANTITY = 1_000_000;
/** How much of a component of its plan a subscription has. */
export const subscriptionItem = z.object({
  item: z.string(),
  quantity: z.int().min(0).max(MAX_QUANTITY),
});
export type SubscriptionItem = z.infer<typeof subscriptionItem>;
const chosenItems = z
  .array(z.strictObject(subscriptionItem.shape))
  .refine((all) => new Set(all.map(({ item }) => item)).size === all.length, "must name each item once")
  .meta({ description: "quantities of the plan's components that are per unit; 1 for those left out" });

export const subscription = z
  .object({
    id,
    customer: id,
    user: id.nullable().meta({ description: "the user who signed up as this customer" }),
    plan: id,
    product: z.string(),
    items: z.array(subscriptionItem).meta({ description: "what it is billed for; base is the plan's price" }),
    status: subscriptionStatus,
    start_date: isoDate,
    end_date: isoDate.nullable().meta({ description: "the first day that is no longer covered" }),
    cancelled_at: instant.nullable(),
    current_period_start: isoDate
      .nullable()
      .meta({ description: "of the period, or trial, that today is in" }),
    current_period_end: isoDate.nullable().meta({ description: "the first day of the next period" }),
    metadata,
    created_at: instant,
  })
  .meta({ id: "Subscription" });
export type Subscription = z.infer<typeof subscription>;

/** What the event says about a new subscription; `created_on` is the business day on which it was made. */
export const subscriptionFact = z.object({
  id,
  customer: id,
  plan: id,
  product: z.string(),
  currency,
  interval,
  interval_count: z.int(),
  trial_days: z.int(),
  start_date: isoDate,
  end_date: isoDate.nullable(),
  subscribed_at: instant,
  created_on: isoDate,
  items: z
    .array(subscriptionItem)
    .optional()
    .meta({ description: "the components of the plan, where it has any" }),
  metadata: metadata.optional(),
});

/** What events say about a subscription that has ended. */
export const endedFact = z.object({ id, customer: id, plan: id, end_date: isoDate });

export const entitlementStatus = z.enum(["active", "trialing", "none"]);

/** What a customer may do now with one product. */
export const entitlements = z
  .object({
    customer: id,
    product: z.string(),
    status: entitlementStatus.meta({ description: "none: no subscription covers today" }),
    plan: id.nullable(),
    features,
    until: isoDate.nullable().meta({ description: "the first day without it, where that is known" }),
  })
  .meta({ id: "Entitlements" });
export type Entitlements = z.infer<typeof entitlements>;

/** That a customer's entitlements to a product are others now, because a subscription begins or ends. */
export const entitlementsFact = entitlements.omit({ features: true });

/** What decides when a subscription is billed; `step` is a Postgres interval as text. */
export const billingTerms = z.object({
  id,
  customer: id,
  plan: id,
  anchor: isoDate.meta({ description: "the first day of the first billed period" }),
  step: z.string(),
  end_date: isoDate.nullable(),
  subscribed_ms: z.int().meta({ description: "business time, since 1970" }),
  items: z.string().meta({ description: "its components with their quantities, such as seats:3" }),
  cancelled: z.boolean(),
});
export type BillingTerms = z.infer<typeof billingTerms>;
const comparableTerms = comparable(billingTerms);

export const subscriptions = defineContract("subscriptions", {
  feedReaders: ["invoicing"],
  actions: {
    /** Newest first: users see those of their customers, staff all. */
    listSubscriptions: action(
      "user",
      z.strictObject({
        ...exportParams,
        status: subscriptionStatus.optional(),
        customer: id.optional(),
        plan: id.optional(),
        product: product.optional(),
        created_from: isoDate.optional(),
        created_to: isoDate.optional().meta({ description: "that day included" }),
      }),
      pageOf(subscription),
      { key: "read" },
    ),
    getSubscription: action(["user", "invoicing"], z.strictObject({ id }), subscription, { key: "read" }),
    /** `start_date` is today in the billing zone by default, `customer` the only one of the caller. */
    createSubscription: action(
      "user",
      z.strictObject({
        plan: planReference,
        start_date: isoDate.optional(),
        end_date: isoDate.optional(),
        customer: id.optional(),
        items: chosenItems.default([]),
        metadata: metadata.default({}),
      }),
      subscription,
      { key: "write", idempotency: "transaction" },
    ),
    /** Only staff may change a subscription's metadata. */
    updateSubscription: action("staff", z.strictObject({ id, metadata }), subscription, { key: "write" }),
    /** What a customer may do now; `product` is the default one if it is not named. */
    getEntitlements: action(
      "user",
      z.strictObject({ customer: id, product: product.default(DEFAULT_PRODUCT) }),
      entitlements,
      { key: "read" },
    ),
    unsubscribe: action("user", z.strictObject({ id }), subscription, {
      key: "write",
      idempotency: "transaction",
    }),
    digestBillingTerms: comparableTerms.digest,
    listBillingTerms: comparableTerms.list,
  },
  events: {
    "subscription.created": subscriptionFact,
    "subscription.updated": z.object({ id, metadata }),
    "entitlements.changed": entitlementsFact,
    "subscription.cancelled": endedFact,
    "subscription.expired": endedFact,
  },
});
