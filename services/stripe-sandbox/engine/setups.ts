import type Stripe from "stripe";
import { type Scope, find } from "../api/call";
import { ApiError, type ErrorBody, refused } from "../api/errors";
import { canBecome } from "../domain/intent.state";
import { needsAuthentication } from "../domain/test-cards";
import { authenticationAction } from "../objects/intents";
import { assertUsable, cardError, cardOf, declineOnSaving, idOf, markSetUp, traitsOf } from "./methods";

const AUTHENTICATION_FAILED =
  "We are unable to authenticate your payment method. Please choose a different payment method and try again.";

/** 400 for a setup intent whose state forbids what was asked. */
export function unexpectedState(intent: Stripe.SetupIntent, verb: string): ApiError {
  const message = `You cannot ${verb} this SetupIntent because it has a status of ${intent.status}.`;
  return refused("setup_intent_unexpected_state", message, { setup_intent: intent });
}

function fail(
  scope: Scope,
  intent: Stripe.SetupIntent,
  method: Stripe.PaymentMethod,
  error: ApiError,
): ApiError {
  intent.status = "requires_payment_method";
  intent.payment_method = null;
  intent.next_action = null;
  intent.last_setup_error = { ...error.body, payment_method: structuredClone(method) };
  scope.emit("setup_intent.setup_failed", intent);
  const body: ErrorBody = { ...error.body, setup_intent: intent, payment_method: method };
  return new ApiError(error.status, body, true);
}

function settle(scope: Scope, intent: Stripe.SetupIntent, method: Stripe.PaymentMethod): ApiError | null {
  const decline = declineOnSaving(cardOf(scope, method));
  if (decline) return fail(scope, intent, method, cardError(decline));
  intent.status = "succeeded";
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
  if (!canBecome(intent.status, "succeeded") || method === null) throw unexpectedState(intent, "confirm");
  assertUsable(scope, method, idOf(intent.customer));
  intent.payment_method = method.id;
  intent.last_setup_error = null;
  if (needsAuthentication(cardOf(scope, method), traitsOf(scope, method).setUp)) {
    intent.status = "requires_action";
    intent.next_action = authenticationAction(intent.id);
    scope.emit("setup_intent.requires_action", intent);
    return;
  }
  const declined = settle(scope, intent, method);
  if (declined) throw declined;
}

/**
 * The customer answered the bank's question about saving the card.
 * @throws ApiError 400 when no question was asked
 */
export function finishSetupAuthentication(scope: Scope, intent: Stripe.SetupIntent, passed: boolean): void {
  if (intent.status !== "requires_action") throw unexpectedState(intent, "authenticate");
  const method = find(scope, "payment_methods", idOf(intent.payment_method) ?? "");
  if (passed) settle(scope, intent, method);
  else fail(scope, intent, method, refused("setup_intent_authentication_failure", AUTHENTICATION_FAILED));
}
