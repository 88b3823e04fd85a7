import type Stripe from "stripe";
import { type Scope, find } from "../api/call";
import { ApiError, type ErrorBody, cardError } from "../api/errors";
import { needsAuthentication } from "../domain/test-cards";
import { authenticationAction } from "../objects/intents";
import { idOf } from "../state/ids";
import {
  assertWaitsForCustomer,
  assertMayBecome,
  authenticationFailed,
  move,
  unexpectedState,
} from "./intent-states";
import { assertUsable, cardOf, declineOnSaving, markSetUp, traitsOf } from "./method-rules";

function fail(
  scope: Scope,
  intent: Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
  error: ApiError,
): ApiError {
  move(intent, "requires_payment_method", "fail");
  intent.payment_method = null;
  intent.next_action = null;
  intent.last_setup_error = { ...error.body, payment_method: structuredClone(method) };
  scope.emit("setup_intent.setup_failed", intent);
  const body: ErrorBody = { ...error.body, setup_intent: intent, payment_method: method };
  return new ApiError(error.status, body, true);
}

function finish(scope: Scope, intent: Stripe.SetupIntent, method: Stripe.PaymentMethod): ApiError | null {
  const decline = declineOnSaving(cardOf(scope, method));
  if (decline) return fail(scope, intent, method, cardError(decline));
  move(intent, "succeeded", "confirm");
  intent.next_action = null;
  intent.last_setup_error = null;
  markSetUp(scope, method, idOf(intent.customer));
  scope.emit("setup_intent.succeeded", intent);
  return null;
}

/**
 * Saves a card with the customer's consent.
 * @throws ApiError 400 for a wrong state or a missing method, 402 for a decline
 */
export function confirmSetup(
  scope: Scope,
  intent: Stripe.SetupIntent,
  method: Stripe.PaymentMethod | null,
): void {
  assertMayBecome(intent, "succeeded", "confirm");
  if (method === null) {
    throw unexpectedState(
      intent,
      "You cannot confirm this SetupIntent because it's missing a payment method.",
    );
  }
  assertUsable(scope, method, idOf(intent.customer));
  intent.payment_method = method.id;
  intent.last_setup_error = null;
  if (needsAuthentication(cardOf(scope, method), traitsOf(scope, method).setUp)) {
    move(intent, "requires_action", "confirm");
    intent.next_action = authenticationAction(intent.id);
    scope.emit("setup_intent.requires_action", intent);
    return;
  }
  const declined = finish(scope, intent, method);
  if (declined) throw declined;
}

/**
 * Takes the customer's answer to the bank about saving the card.
 * @throws ApiError 400 when no question was asked
 */
export function finishSetupAuthentication(scope: Scope, intent: Stripe.SetupIntent, passed: boolean): void {
  assertWaitsForCustomer(intent);
  const method = find(scope, "payment_methods", idOf(intent.payment_method) ?? "");
  if (passed) finish(scope, intent, method);
  else fail(scope, intent, method, authenticationFailed(intent));
}
