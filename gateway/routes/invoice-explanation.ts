import { z } from "zod";
import { explanation, type Explanation } from "../../shared/contracts/invoicing";
import { paymentHistory } from "../../shared/contracts/payments";
import { decimalAmountString, formatAmount } from "../../shared/money";

const paymentView = paymentHistory.shape.payments.element
  .omit({ amount_minor: true, refunded_minor: true })
  .extend({ amount: decimalAmountString, refunded: decimalAmountString });
const priceView = explanation.shape.price
  .omit({ amount_minor: true })
  .extend({ amount: decimalAmountString });

/**
 * The schema of an invoice's explanation, with decimal amounts.
 * @param invoice the schema of the invoice in it
 */
export function explanationView<Invoice extends z.ZodType>(invoice: Invoice) {
  return explanation
    .extend({ invoice, price: priceView, payments: z.array(paymentView) })
    .meta({ id: "Explanation" });
}

/**
 * Gives an explanation with decimal amounts.
 * @param show turns the invoice in it into its view
 */
export function showExplanation<Shown>(
  { invoice, price, payments, ...others }: Explanation,
  show: (invoice: Explanation["invoice"]) => Shown,
) {
  const { amount_minor, ...priceOthers } = price;
  return {
    ...others,
    invoice: show(invoice),
    price: { ...priceOthers, amount: formatAmount(amount_minor, price.currency) },
    payments: payments.map(({ amount_minor: amount, refunded_minor: refunded, ...payment }) => ({
      ...payment,
      amount: formatAmount(amount, payment.currency),
      refunded: formatAmount(refunded, payment.currency),
    })),
  };
}
