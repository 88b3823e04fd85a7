import { z } from "zod";
import { payments as contract } from "../../shared/contracts/payments";
import { decimalAmountString, formatAmount } from "../../shared/money";
import { ok } from "./replies";
import { route, type Resource } from "./route";

const { createPaymentIntent, confirmPayment } = contract.actions;

const intentView = createPaymentIntent.result
  .omit({ amount_minor: true })
  .extend({ amount: decimalAmountString })
  .meta({ id: "PaymentIntent" });

/**
 * Paying an invoice. Whoever holds its id, which is random, may pay it; who signs in must be its owner or
 * staff all the same. Amount and currency never come from the caller.
 */
export const payments: Resource = {
  name: "payments",
  item: "invoice",
  routes: [
    route({
      method: "post",
      path: "/api/create-payment-intent/",
      auth: "optional",
      summary: "Begin to pay an invoice, or go on with it",
      body: createPaymentIntent.params,
      response: { 200: intentView },
      handler: async ({ call, body }) => {
        const { amount_minor, ...intent } = await call("payments.createPaymentIntent", body);
        return ok({ ...intent, amount: formatAmount(amount_minor, intent.currency) });
      },
    }),
    route({
      method: "post",
      path: "/api/payment-success/",
      auth: "optional",
      summary: "Have an invoice marked as paid, if Stripe confirms that it is",
      body: confirmPayment.params,
      response: { 200: z.object({ detail: z.string() }) },
      handler: async ({ call, body }) => {
        const { number } = await call("payments.confirmPayment", body);
        return ok({ detail: `Invoice ${number} marked as paid.` });
      },
    }),
  ],
};
