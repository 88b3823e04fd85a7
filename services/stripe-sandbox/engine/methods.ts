import type Stripe from "stripe";
import type { z } from "zod";
import { type Scope, find, seconds } from "../api/call";
import { cardError } from "../api/errors";
import type { methodData } from "../api/params";
import { defectOf, digitsOf, fullYear } from "../domain/card-data";
import { cardNamed, nameOfAlias, nameOfNumber } from "../domain/test-cards";
import { NO_BILLING_DETAILS, billingFrom } from "../objects/addresses";
import { newPaymentMethod } from "../objects/payment-method";
import { newId } from "../state/ids";

type MethodData = z.output<typeof methodData>;

function keep(scope: Scope, method: Stripe.PaymentMethod, card: string): Stripe.PaymentMethod {
  scope.store.put("payment_methods", method);
  scope.store.put("method_traits", { id: method.id, card, setUp: false, spent: false });
  return method;
}

/**
 * Makes a payment method from a card's data; of the number only the last four digits are kept.
 * @throws ApiError 402 `card_error` for a number, date or code that cannot be right
 */
export function createMethod(scope: Scope, data: MethodData): Stripe.PaymentMethod {
  const defect = defectOf(data.card, scope.nowMs);
  if (defect) throw cardError(defect);
  const number = digitsOf(data.card.number);
  const name = nameOfNumber(number);
  const method = newPaymentMethod({
    id: newId("pm"),
    created: seconds(scope),
    card: cardNamed(name),
    last4: number.slice(-4),
    exp_month: data.card.exp_month,
    exp_year: fullYear(data.card.exp_year),
    cvcGiven: data.card.cvc !== undefined,
    metadata: data.metadata ?? {},
    billing_details: billingFrom(data.billing_details),
    allow_redisplay: data.allow_redisplay ?? "unspecified",
  });
  return keep(scope, method, name);
}

/** A new payment method for a ready-made one such as `pm_card_visa`; it expires next year. */
function createFromAlias(scope: Scope, name: string): Stripe.PaymentMethod {
  const card = cardNamed(name);
  const method = newPaymentMethod({
    id: newId("pm"),
    created: seconds(scope),
    card,
    last4: card.number.slice(-4),
    exp_month: 12,
    exp_year: new Date(scope.nowMs).getUTCFullYear() + 1,
    cvcGiven: true,
    metadata: {},
    billing_details: NO_BILLING_DETAILS,
    allow_redisplay: "unspecified",
  });
  return keep(scope, method, name);
}

/**
 * The payment method of an id or of a ready-made name.
 * @throws ApiError 404 when there is none
 */
export function resolveMethod(
  scope: Scope,
  reference: string,
  param = "payment_method",
): Stripe.PaymentMethod {
  const name = nameOfAlias(reference);
  return name === undefined ? find(scope, "payment_methods", reference, param) : createFromAlias(scope, name);
}

/**
 * The payment method that a call names: a new one from a card's data, or an existing one; null for neither.
 * @throws ApiError 402 for a card that cannot be right, 404 for an id that does not exist
 */
export function methodFor(
  scope: Scope,
  input: { payment_method_data?: MethodData | undefined; payment_method?: string | undefined },
  current: string | null,
): Stripe.PaymentMethod | null {
  if (input.payment_method_data) return createMethod(scope, input.payment_method_data);
  const reference = input.payment_method ?? current;
  return reference === null ? null : resolveMethod(scope, reference);
}
