import type Stripe from "stripe";
import { type Scope, find, seconds } from "../api/call";
import { ApiError, type ErrorBody, cardError } from "../api/errors";
import { AUTHENTICATION_REQUIRED, type Decline, needsAuthentication } from "../domain/test-cards";
import { newCharge } from "../objects/charge";
import { authenticationAction } from "../objects/intents";
import { idOf } from "../state/ids";
import { openDispute } from "./disputes";
import {
  assertWaitsForCustomer,
  assertMayBecome,
  authenticationFailed,
  move,
  unexpectedState,
} from "./intent-states";
import { assertUsable, cardOf, markSetUp, traitsOf } from "./method-rules";

/** Whether the customer can be asked while the payment is made. */
export interface Presence {
  offSession: boolean;
  /** The caller prefers a decline to a question to the customer. */
  errorOnAction: boolean;
}

/**
 * Checks, before anything changes, that an intent can be confirmed with a method.
 * @throws ApiError 400
 */
export function assertConfirmable(
  scope: Scope,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod | null,
): asserts method is Stripe.PaymentMethod {
  assertMayBecome(intent, "succeeded", "confirm");
  if (method === null) {
    const message =
      "You cannot confirm this PaymentIntent because it's missing a payment method. " +
      "Update the PaymentIntent with a payment method, or confirm it directly with one.";
    throw unexpectedState(intent, message);
  }
  assertUsable(scope, method, idOf(intent.customer));
}

function chargeFor(
  scope: Scope,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  result: { decline: Decline | null; authenticated: boolean },
): Stripe.Charge {
  const charge = newCharge({
    intent,
    method,
    card: cardOf(scope, method),
    created: seconds(scope),
    ...result,
  });
  scope.store.put("charges", charge);
  intent.latest_charge = charge.id;
  return charge;
}

/** Puts the intent back to its first state, with the error. Returns the error that answers the call. */
function fail(
  scope: Scope,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  error: ApiError,
): ApiError {
  move(intent, "requires_payment_method", "fail");
  intent.payment_method = null;
  intent.next_action = null;
  intent.last_payment_error = { ...error.body, payment_method: structuredClone(method) };
  scope.emit("payment_intent.payment_failed", intent);
  const body: ErrorBody = { ...error.body, payment_intent: intent, payment_method: method };
  return new ApiError(error.status, body, true);
}

function declinePayment(
  scope: Scope,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  decline: Decline,
  authenticated = false,
): ApiError {
  const charge = chargeFor(scope, intent, method, { decline, authenticated });
  scope.emit("charge.failed", charge);
  return fail(scope, intent, method, cardError(decline, { charge: charge.id }));
}

function succeed(
  scope: Scope,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  authenticated: boolean,
): void {
  move(intent, "succeeded", "pay");
  const charge = chargeFor(scope, intent, method, { decline: null, authenticated });
  intent.amount_received = intent.amount;
  intent.next_action = null;
  intent.last_payment_error = null;
  scope.emit("charge.succeeded", charge);
  scope.emit("payment_intent.succeeded", intent);
  if (intent.setup_future_usage !== null) markSetUp(scope, method, idOf(intent.customer));
  if (method.customer === null) traitsOf(scope, method).spent = true;
  const { dispute } = cardOf(scope, method);
  if (dispute !== undefined) openDispute(scope, charge, dispute);
}

/** Asks the bank for the payment. Returns the decline, or null when it is paid. */
function settle(
  scope: Scope,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  authenticated: boolean,
): ApiError | null {
  const { decline } = cardOf(scope, method);
  if (decline) return declinePayment(scope, intent, method, decline, authenticated);
  succeed(scope, intent, method, authenticated);
  return null;
}

/**
 * Tries to pay an intent that {@link assertConfirmable} has checked.
 * @throws ApiError 402 `card_error` for a decline; the intent then waits for another method
 */
export function attempt(
  scope: Scope,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  presence: Presence,
): void {
  intent.payment_method = method.id;
  intent.last_payment_error = null;
  const asks = needsAuthentication(cardOf(scope, method), traitsOf(scope, method).setUp);
  if (asks && (presence.offSession || presence.errorOnAction)) {
    throw declinePayment(scope, intent, method, AUTHENTICATION_REQUIRED);
  }
  if (asks) {
    move(intent, "requires_action", "confirm");
    intent.next_action = authenticationAction(intent.id);
    scope.emit("payment_intent.requires_action", intent);
    return;
  }
  const declined = settle(scope, intent, method, false);
  if (declined) throw declined;
}

/**
 * Takes the customer's answer to the bank. A failure or a decline is shown on the intent, not thrown.
 * @throws ApiError 400 when no question was asked
 */
export function finishAuthentication(scope: Scope, intent: Stripe.PaymentIntent, passed: boolean): void {
  assertWaitsForCustomer(intent);
  const method = find(scope, "payment_methods", idOf(intent.payment_method) ?? "");
  if (passed) {
    settle(scope, intent, method, true);
    return;
  }
  fail(scope, intent, method, authenticationFailed(intent));
}
