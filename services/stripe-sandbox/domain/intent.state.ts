/**
 * The states of a payment intent, without capture. https://docs.stripe.com/payments/paymentintents/lifecycle
 */
export type IntentStatus =
  | "requires_payment_method"
  | "requires_confirmation"
  | "requires_action"
  | "succeeded"
  | "canceled";

/** Where each state can go; an intent that succeeded or was canceled stays so. */
export const TRANSITIONS = {
  requires_payment_method: [
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "succeeded",
    "canceled",
  ],
  requires_confirmation: [
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "succeeded",
    "canceled",
  ],
  requires_action: [
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "succeeded",
    "canceled",
  ],
  succeeded: [],
  canceled: [],
} as const satisfies Record<IntentStatus, readonly IntentStatus[]>;

function isStatus(status: string): status is IntentStatus {
  return Object.hasOwn(TRANSITIONS, status);
}

/** Whether an intent in `from` may become `to`. */
export function canBecome(from: string, to: IntentStatus): boolean {
  return isStatus(from) && TRANSITIONS[from].some((status) => status === to);
}

/** The states from which `to` can be reached, for messages. */
export function statesBefore(to: IntentStatus): IntentStatus[] {
  return (Object.keys(TRANSITIONS) as IntentStatus[]).filter((from) => canBecome(from, to));
}
