import { z } from "zod";
import { action, amountMinor, currency, defineContract, id, instant } from "./contract";

export const paymentStatus = z.enum(["open", "succeeded", "failed", "cancelled"]);
export type PaymentStatus = z.infer<typeof paymentStatus>;

const paymentIntent = z.object({
  client_secret: z.string(),
  payment_intent_id: z.string(),
  publishable_key: z.string(),
  amount_minor: amountMinor,
  currency,
});

const paymentFact = z.object({ payment_id: id, invoice_id: id, stripe_payment_intent_id: z.string(), amount_minor: amountMinor, currency });

export const payments = defineContract("payments", {
  actions: {
    /** What the payment page must know to load Stripe.js: nothing in it is secret. */
    getPageSettings: action(
      "anyone",
      z.strictObject({}),
      z.object({ publishable_key: z.string(), stripe_js_url: z.url(), sandbox: z.boolean() }),
    ),
    /** The invoice's one live intent, made now or found again. */
    createPaymentIntent: action("anyone", z.strictObject({ invoice_id: id }), paymentIntent),
    /** Asks Stripe about the invoice's own intent and settles the invoice on its word alone. */
    confirmPayment: action("anyone", z.strictObject({ invoice_id: id }), z.object({ invoice_id: id, number: z.string() })),
    /** Stripe's webhook: the body as it came, byte for byte. */
    receiveWebhook: action(
      "system",
      z.strictObject({ body: z.string().max(1_000_000), signature: z.string().max(5000) }),
      z.object({ received: z.boolean() }),
    ),
  },
  events: {
    "payment.succeeded": z.object({ ...paymentFact.shape, paid_at: instant }),
    "payment.failed": z.object({ ...paymentFact.shape, code: z.string().nullable(), message: z.string().nullable() }),
    /** `refunded_minor` is the total so far. */
    "payment.refunded": z.object({ ...paymentFact.shape, refunded_minor: amountMinor }),
    "payment.disputed": z.object({ ...paymentFact.shape, disputed_at: instant }),
  },
});
