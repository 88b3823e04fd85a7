import type Stripe from "stripe";
import { type Scope, find, findCustomer } from "../api/call";
import { invalidParam } from "../api/errors";
import { type Decline, type TestCard, cardNamed } from "../domain/test-cards";
import type { MethodTraits } from "../state/store";

/** What the sandbox knows about a payment method and the API does not show. */
export function traitsOf(scope: Scope, method: Stripe.PaymentMethod): MethodTraits {
  return find(scope, "method_traits", method.id);
}

export function cardOf(scope: Scope, method: Stripe.PaymentMethod): TestCard {
  return cardNamed(traitsOf(scope, method).card);
}

/** Why a card cannot be saved, or null. A card that declines payments cannot, with one exception. */
export function declineOnSaving(card: TestCard): Decline | null {
  return card.decline && !card.attaches ? card.decline : null;
}

/**
 * Checks that a payment of a customer, or of no customer, may use a method.
 * @throws ApiError 400 for another customer's method, and for one that was used up or detached
 */
export function assertUsable(scope: Scope, method: Stripe.PaymentMethod, customer: string | null): void {
  if (traitsOf(scope, method).spent) {
    const message =
      "The provided PaymentMethod was previously used without being attached to a Customer or was detached " +
      "from a Customer, and may not be used again.";
    throw invalidParam("payment_method", message);
  }
  if (method.customer !== null && method.customer !== customer) {
    const message =
      "The provided PaymentMethod belongs to a Customer. " +
      "Please include this Customer in the `customer` parameter.";
    throw invalidParam("payment_method", message);
  }
}

/**
 * Saves a method for a customer.
 * @throws ApiError 404 for a customer that does not exist
 */
export function attachMethod(scope: Scope, method: Stripe.PaymentMethod, customerId: string): void {
  const customer = findCustomer(scope, customerId);
  if (method.customer === customer.id) return;
  method.customer = customer.id;
  scope.emit("payment_method.attached", method);
}

/** Records that the customer agreed to later charges: some cards then need no authentication. */
export function markSetUp(scope: Scope, method: Stripe.PaymentMethod, customer: string | null): void {
  traitsOf(scope, method).setUp = true;
  if (customer !== null) attachMethod(scope, method, customer);
}
