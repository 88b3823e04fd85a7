import { z } from "zod";
import {
  action,
  AUDIT_WITHIN_MS,
  amountMinor,
  comparable,
  currency,
  defineContract,
  id,
  instant,
  pageOf,
  pageParams,
} from "./contract";

export const paymentStatus = z.enum(["open", "succeeded", "failed", "cancelled"]);
export type PaymentStatus = z.infer<typeof paymentStatus>;

const paymentIntent = z.object({
  client_secret: z.string(),
  payment_intent_id: z.string(),
  publishable_key: z.string(),
  amount_minor: amountMinor,
  currency,
});

/** What every event of a payment says about it. */
export const paymentFact = z.object({
  payment_id: id,
  invoice: id,
  stripe_payment_intent_id: z.string(),
  amount_minor: amountMinor,
  currency,
});

/** What payments knows of a paid invoice's money; `id` is the invoice's. */
export const settledPayment = z.object({
  id,
  payment_id: id.nullable(),
  amount_minor: amountMinor,
  currency,
  refunded_minor: amountMinor,
  disputed: z.boolean(),
});
export type SettledPayment = z.infer<typeof settledPayment>;
const settledPayments = comparable(settledPayment);

/** One attempt to pay an invoice. */
export const paymentAttempt = z.object({
  id,
  attempt: z.int(),
  status: paymentStatus,
  stripe_payment_intent_id: z.string().nullable(),
  amount_minor: amountMinor,
  currency,
  refunded_minor: amountMinor,
  last_error_code: z.string().nullable(),
  disputed_at: instant.nullable(),
  settled_at: instant.nullable(),
  created_at: instant,
});

/** A payment with its refunds, as the export of a customer shows it. */
export const exportedPayment = z.object({
  ...paymentAttempt.shape,
  invoice: id,
  last_error_message: z.string().nullable(),
  refunds: z.array(
    z.object({
      id: z.string(),
      amount_minor: amountMinor,
      currency,
      status: z.string(),
      reason: z.string().nullable(),
      created_at: instant,
    }),
  ),
});
export type ExportedPayment = z.infer<typeof exportedPayment>;

/** A webhook from Stripe about a payment, without its payload. */
export const stripeWebhook = z.object({
  id: z.string(),
  type: z.string(),
  stripe_payment_intent_id: z.string(),
  received_at: instant,
  processed_at: instant.nullable(),
  outcome: z.string().nullable(),
});
export type StripeWebhook = z.infer<typeof stripeWebhook>;

/** All attempts to pay one invoice, and the webhooks about them. */
export const paymentHistory = z.object({
  payments: z.array(paymentAttempt),
  webhooks: z.array(stripeWebhook),
});

/** What staff decide about money that the books cannot book by themselves. */
export const resolution = z.enum(["accept", "refund"]);
export type Resolution = z.infer<typeof resolution>;

/** A payment under review and what was decided; `status` is that of the payment, null where there is none. */
export const resolvedPayment = z
  .object({
    id,
    invoice: id.nullable(),
    stripe_payment_intent_id: z.string().nullable(),
    resolution,
    status: paymentStatus.nullable(),
    detail: z.string().meta({ description: "what has happened" }),
  })
  .meta({ id: "ResolvedPayment" });
export type ResolvedPayment = z.infer<typeof resolvedPayment>;

/** An intent of ours that has succeeded at Stripe, and that no payment in the books stands for. */
export const unbookedPayment = z.object({
  id,
  stripe_payment_intent_id: z.string(),
  invoice: id.nullable(),
  stripe_amount: z.int().meta({ description: "what was received, in Stripe's units of the currency" }),
  currency: z.string(),
  reason: z.string(),
  found_at: instant,
});
export type UnbookedPayment = z.infer<typeof unbookedPayment>;

/** The result of comparing the intents at Stripe with the payments. */
export const reconciliation = z.object({
  since: instant.nullable().meta({ description: "null where Stripe was not asked" }),
  listed: z.int(),
  taken_over: z.int().meta({ description: "intents of ours that the books did not know" }),
  settled: z.int(),
  unbooked: z.array(unbookedPayment),
});
export type Reconciliation = z.infer<typeof reconciliation>;

export const payments = defineContract("payments", {
  feedReaders: ["invoicing"],
  actions: {
    /** What the payment page needs to load Stripe.js; nothing in it is secret. */
    getPageSettings: action(
      "anyone",
      z.strictObject({}),
      z.object({ publishable_key: z.string(), stripe_js_url: z.url(), sandbox: z.boolean() }),
    ),
    /** The invoice's one open payment intent, created now or found again. */
    createPaymentIntent: action("anyone", z.strictObject({ invoice: id }), paymentIntent, {
      key: "write",
      idempotency: "repeatable",
    }),
    /** Asks Stripe about the invoice's payment intent: 409 unless the payment has succeeded. */
    confirmPayment: action(
      "anyone",
      z.strictObject({ invoice: id }),
      z.object({ invoice: id, number: z.string() }),
      { key: "write", idempotency: "repeatable" },
    ),
    /** A webhook from Stripe, with its body byte for byte. */
    receiveWebhook: action(
      ["gateway"],
      z.strictObject({ body: z.string().max(1_000_000), signature: z.string().max(5000) }),
      z.object({ received: z.boolean() }),
    ),
    /** The newest attempts to pay an invoice, at most 500, oldest first, and at most 1000 webhooks. */
    getPaymentHistory: action(["invoicing"], z.strictObject({ invoice: id }), paymentHistory),
    /** For the export of a customer: the payments of its invoices, in the order in which they were begun. */
    exportPayments: action(
      "staff",
      z.strictObject({ invoices: z.array(id).max(200), ...pageParams }),
      pageOf(exportedPayment),
      { key: "admin" },
    ),
    /**
     * Settles a payment that is under review, or money at Stripe that is not in the books. `accept`: it
     * counts as paid. `refund`: the payer gets back whatever was received, and the invoice can be paid again.
     */
    resolvePayment: action("staff", z.strictObject({ id, resolution }), resolvedPayment, {
      key: "admin",
      idempotency: "repeatable",
    }),
    /**
     * Compares our intents at Stripe with the payments: takes over those that the books lack, and names the
     * successes that it cannot book. `since` is an instant; by default, when they were last compared.
     */
    reconcile: action(
      ["staff", "invoicing"],
      z.strictObject({ since: z.iso.datetime({ offset: true }).optional() }),
      reconciliation,
      { timeout_ms: AUDIT_WITHIN_MS },
    ),
    digestSettledPayments: settledPayments.digest,
    listSettledPayments: settledPayments.list,
  },
  events: {
    "payment.succeeded": z.object({ ...paymentFact.shape, paid_at: instant }),
    "payment.failed": z.object({
      ...paymentFact.shape,
      code: z.string().nullable(),
      message: z.string().nullable(),
    }),
    /** `refunded_minor` is the total so far. */
    "payment.refunded": z.object({ ...paymentFact.shape, refunded_minor: amountMinor }),
    /**
     * Staff have decided about a payment under review, or its money was sent back. After `accept` comes
     * `payment.succeeded`.
     */
    "payment.resolved": z.object({ ...paymentFact.shape, resolution, reason: z.string() }),
    "payment.disputed": z.object({ ...paymentFact.shape, disputed_at: instant }),
  },
});
