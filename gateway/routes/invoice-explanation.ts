import { z } from "zod";
import { explanation, type Explanation } from "../../shared/contracts/invoicing";
import { paymentHistory } from "../../shared/contracts/payments";
import { decimalView, showDecimals } from "./decimal-amounts";

const PRICE_AMOUNTS = { amount: "amount_minor" } as const;
const PAYMENT_AMOUNTS = { amount: "amount_minor", refunded: "refunded_minor" } as const;

const priceView = decimalView(explanation.shape.prices.element, PRICE_AMOUNTS);
const paymentView = decimalView(paymentHistory.shape.payments.element, PAYMENT_AMOUNTS);

/**
 * The schema of an invoice's explanation, with decimal amounts.
 * @param invoice the schema of the invoice in it
 */
export function explanationView<Invoice extends z.ZodType>(invoice: Invoice) {
  return explanation
    .extend({ invoice, prices: z.array(priceView), payments: z.array(paymentView) })
    .meta({ id: "Explanation" });
}

/**
 * Gives an explanation with decimal amounts.
 * @param show turns the invoice in it into its view
 */
export function showExplanation<Shown>(
  { invoice, prices, payments, ...others }: Explanation,
  show: (invoice: Explanation["invoice"]) => Shown,
) {
  return {
    ...others,
    invoice: show(invoice),
    prices: prices.map((price) => showDecimals(price, PRICE_AMOUNTS)),
    payments: payments.map((payment) => showDecimals(payment, PAYMENT_AMOUNTS)),
  };
}
