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
 * Why an invoice exists, as REST shows it: amounts are decimals. `invoice` is the invoice as it is always
 * shown.
 */
export function explanationView<Invoice extends z.ZodType>(invoice: Invoice) {
  return explanation
    .extend({ invoice, price: priceView, payments: z.array(paymentView) })
    .meta({ id: "Explanation" });
}

/** @param show how the invoice itself is shown */
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
