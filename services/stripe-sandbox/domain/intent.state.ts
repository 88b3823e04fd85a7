import { stateMachine } from "./states";

/**
 * The states of payment intents and setup intents, without capture and slow methods.
 * https://docs.stripe.com/payments/paymentintents/lifecycle
 */
export type IntentStatus =
  | "requires_payment_method"
  | "requires_confirmation"
  | "requires_action"
  | "succeeded"
  | "canceled";

/** An open intent may come to any state. */
const ANY: readonly IntentStatus[] = [
  "requires_payment_method",
  "requires_confirmation",
  "requires_action",
  "succeeded",
  "canceled",
];

/** An intent that succeeded or was canceled stays so. */
export const INTENT_STATES = stateMachine<IntentStatus>({
  requires_payment_method: ANY,
  requires_confirmation: ANY,
  requires_action: ANY,
  succeeded: [],
  canceled: [],
});
