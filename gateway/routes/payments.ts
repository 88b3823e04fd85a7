import { z } from "zod";
import { id } from "../../shared/contracts/contract";
import { payments as contract } from "../../shared/contracts/payments";
import { invalid } from "../../shared/errors";
import { decimalView, showDecimals } from "./decimal-amounts";
import { ok } from "./replies";
import { route, type Resource } from "./route";

const { createPaymentIntent, resolvePayment } = contract.actions;

const AMOUNTS = { amount: "amount_minor" } as const;
const intentView = decimalView(createPaymentIntent.result, AMOUNTS).meta({ id: "PaymentIntent" });

/** `invoice_id` is the name that the first version of this API had. */
const whichInvoice = z.strictObject({
  invoice: id.optional(),
  invoice_id: id.optional().meta({ deprecated: true, description: "use invoice" }),
});

/** @throws BillingError 400 naming `invoice` unless there is exactly one */
function invoiceIn({ invoice, invoice_id }: z.infer<typeof whichInvoice>): { invoice: string } {
  if (invoice !== undefined && invoice_id !== undefined)
    throw invalid({ field: "invoice_id", message: "is another name of invoice; send one of them" });
  const named = invoice ?? invoice_id;
  if (named === undefined) throw invalid({ field: "invoice", message: "is required" });
  return { invoice: named };
}

/**
 * Payments. Whoever has an invoice's id, which is random, may pay the invoice; a caller who signs in must be
 * its owner or staff. Amount and currency never come from the caller.
 */
export const payments: Resource = {
  name: "payments",
  description: "Paying an invoice by card, and payments that staff must decide about.",
  item: "invoice",
  routes: [
    route({
      method: "post",
      path: "/api/create-payment-intent/",
      operation: "createPaymentIntent",
      auth: "optional",
      key: "write",
      idempotent: ["payments.createPaymentIntent"],
      summary: "Create the payment intent of an invoice, or get the one it has",
      body: whichInvoice,
      response: { 200: intentView },
      handler: async ({ call, body }) => {
        return ok(showDecimals(await call("payments.createPaymentIntent", invoiceIn(body)), AMOUNTS));
      },
    }),
    route({
      method: "post",
      path: "/api/payment-success/",
      operation: "confirmPayment",
      auth: "optional",
      key: "write",
      idempotent: ["payments.confirmPayment"],
      summary: "Confirm a payment",
      description:
        "Asks Stripe. The invoice becomes paid when the payment has succeeded; otherwise the answer is 409.",
      body: whichInvoice,
      response: { 200: z.object({ detail: z.string() }) },
      handler: async ({ call, body }) => {
        const { number } = await call("payments.confirmPayment", invoiceIn(body));
        return ok({ detail: `Invoice ${number} marked as paid.` });
      },
    }),
    route({
      method: "post",
      path: "/api/payments/{id}/resolve/",
      operation: "resolvePayment",
      auth: "staff",
      key: "admin",
      idempotent: ["payments.resolvePayment"],
      summary: "Decide about a payment under review",
      description:
        "A payment is under review when Stripe received another amount than the invoice's, or does not " +
        "know the intent any more; the audit names it. accept: it counts as paid. refund: the payer gets " +
        "everything back, and the invoice can be paid again. The id may also be that of a success that " +
        "the books lack.",
      body: resolvePayment.params.omit({ id: true }),
      response: { 200: resolvePayment.result },
      handler: async ({ call, params, body }) =>
        ok(await call("payments.resolvePayment", { ...params, ...body })),
    }),
  ],
};
