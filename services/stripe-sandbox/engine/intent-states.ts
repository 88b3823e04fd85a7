import type Stripe from "stripe";
import { type ApiError, type ErrorBody, refused } from "../api/errors";
import { INTENT_STATES, type IntentStatus } from "../domain/intent.state";

type Intent = Stripe.PaymentIntent | Stripe.SetupIntent;

const NAMES = { payment_intent: "PaymentIntent", setup_intent: "SetupIntent" } as const;

/** 400 for what an intent's state does not allow; the error shows the intent. */
export function unexpectedState(intent: Intent, message: string, extra: Partial<ErrorBody> = {}): ApiError {
  return refused(`${intent.object}_unexpected_state`, message, { [intent.object]: intent, ...extra });
}

/**
 * Checks that an intent may be brought to a state.
 * @param verb what the caller asked for, as the message names it
 * @throws ApiError 400 `payment_intent_unexpected_state` or `setup_intent_unexpected_state`
 */
export function assertMayBecome(intent: Intent, to: IntentStatus, verb: string): void {
  if (INTENT_STATES.allows(intent.status, to)) return;
  const name = NAMES[intent.object];
  const message =
    `You cannot ${verb} this ${name} because it has a status of ${intent.status}. ` +
    `Only a ${name} with one of the following statuses may be ${to}: ${INTENT_STATES.before(to).join(", ")}.`;
  throw unexpectedState(intent, message);
}

/**
 * Brings an intent to a state.
 * @throws ApiError 400 as {@link assertMayBecome}
 */
export function move(intent: Intent, to: IntentStatus, verb: string): void {
  assertMayBecome(intent, to, verb);
  intent.status = to;
}

/**
 * Checks that an intent waits for the customer's answer to the bank.
 * @throws ApiError 400 as {@link assertMayBecome}
 */
export function assertWaitsForCustomer(intent: Intent): void {
  if (intent.status === "requires_action") return;
  const name = NAMES[intent.object];
  const message = `This ${name} has a status of ${intent.status} and waits for no authentication.`;
  throw unexpectedState(intent, message);
}

/** 400 for a customer who did not pass 3D Secure. */
export function authenticationFailed(intent: Intent): ApiError {
  const message =
    "We are unable to authenticate your payment method. " +
    "Please choose a different payment method and try again.";
  return refused(`${intent.object}_authentication_failure`, message);
}
