import type Stripe from "stripe";
import type { z } from "zod";
import { type Scope, find, findCustomer, seconds } from "../api/call";
import { ApiError, type ErrorBody, invalidParam } from "../api/errors";
import type { billingDetails, methodData, shipping } from "../api/params";
import { defectOf, digitsOf, fullYear } from "../domain/card-data";
import { type Decline, type TestCard, cardNamed, nameOfAlias, nameOfNumber } from "../domain/test-cards";
import { NO_ADDRESS, NO_BILLING_DETAILS, newPaymentMethod } from "../objects/payment-method";
import { newId } from "../state/ids";
import type { MethodTraits } from "../state/store";

type MethodData = z.output<typeof methodData>;

/** The card error (402) of a decline. */
export function cardError(decline: Decline, extra: Partial<ErrorBody> = {}): ApiError {
  const { code, declineCode, message, param } = decline;
  const body: ErrorBody = { type: "card_error", code, message, ...extra };
  if (declineCode !== undefined) body.decline_code = declineCode;
  if (param !== undefined) body.param = param;
  return new ApiError(402, body, true);
}

/** Without the fields that did not come. */
function present<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: NonNullable<Fields[Name]> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(entries) as { [Name in keyof Fields]?: NonNullable<Fields[Name]> };
}

/** An intent's delivery address with every field that the API shows. */
export function shippingFrom(input: z.output<typeof shipping>): Stripe.PaymentIntent.Shipping {
  return {
    address: { ...NO_ADDRESS, ...present(input.address) },
    carrier: input.carrier ?? null,
    name: input.name,
    phone: input.phone ?? null,
    tracking_number: input.tracking_number ?? null,
  };
}

function billingFrom(
  input: z.output<typeof billingDetails> | undefined,
): Stripe.PaymentMethod.BillingDetails {
  if (!input) return NO_BILLING_DETAILS;
  return {
    address: { ...NO_ADDRESS, ...present(input.address ?? {}) },
    email: input.email ?? null,
    name: input.name ?? null,
    phone: input.phone ?? null,
    tax_id: input.tax_id ?? null,
  };
}

function keep(scope: Scope, method: Stripe.PaymentMethod, card: string): Stripe.PaymentMethod {
  scope.store.put("payment_methods", method);
  scope.store.put("method_traits", { id: method.id, card, setUp: false, spent: false });
  return method;
}

/**
 * Makes a payment method of what a form sent; only its last four digits are kept.
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

/** A fresh payment method for `pm_card_visa` and the like, good for next year. */
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

/** What the sandbox knows of a payment method beyond the API. */
export function traitsOf(scope: Scope, method: Stripe.PaymentMethod): MethodTraits {
  return find(scope, "method_traits", method.id);
}

export function cardOf(scope: Scope, method: Stripe.PaymentMethod): TestCard {
  return cardNamed(traitsOf(scope, method).card);
}

/** A bank that declines payments refuses to have the card saved too, with one test card as the exception. */
export function declineOnSaving(card: TestCard): Decline | null {
  return card.decline && !card.attaches ? card.decline : null;
}

/**
 * Refuses a method that belongs to somebody else, or that was used up without a customer.
 * @throws ApiError 400
 */
export function assertUsable(scope: Scope, method: Stripe.PaymentMethod, customer: string | null): void {
  if (traitsOf(scope, method).spent) {
    const message =
      "The provided PaymentMethod was previously used without being attached to a Customer or was detached from " +
      "a Customer, and may not be used again.";
    throw invalidParam("payment_method", message);
  }
  if (method.customer !== null && method.customer !== customer) {
    const message =
      "The provided PaymentMethod belongs to a Customer. Please include this Customer in the `customer` parameter.";
    throw invalidParam("payment_method", message);
  }
}

/** Saves a method for a customer, who must exist. */
export function attachMethod(scope: Scope, method: Stripe.PaymentMethod, customerId: string): void {
  const customer = findCustomer(scope, customerId);
  if (method.customer === customer.id) return;
  method.customer = customer.id;
  scope.emit("payment_method.attached", method);
}

/** A method that the customer agreed to have charged later: from now on some cards ask no more questions. */
export function markSetUp(scope: Scope, method: Stripe.PaymentMethod, customer: string | null): void {
  traitsOf(scope, method).setUp = true;
  if (customer !== null) attachMethod(scope, method, customer);
}

/** Objects refer to each other by id; expansion happens in the answer alone. */
export function idOf(reference: string | { id: string } | null): string | null {
  return typeof reference === "string" || reference === null ? reference : reference.id;
}
