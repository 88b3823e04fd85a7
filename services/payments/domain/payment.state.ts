import type { PaymentStatus } from "../../../shared/contracts/payments";

/**
 * Where each state can go. `failed`: Stripe would not make an intent at all; `cancelled`: the intent is dead.
 * A declined card changes nothing here: the payment stays open for another try. Nothing leads out of the
 * other states.
 */
export const TRANSITIONS = {
  open: ["succeeded", "failed", "cancelled"],
  succeeded: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<PaymentStatus, readonly PaymentStatus[]>;

/** Whether a payment in `from` may become `to`. */
export function canBecome(from: PaymentStatus, to: PaymentStatus): boolean {
  return TRANSITIONS[from].some((status) => status === to);
}

/** The states from which `to` can be reached, for a compare-and-set. */
export function statesBefore(to: PaymentStatus): PaymentStatus[] {
  return (Object.keys(TRANSITIONS) as PaymentStatus[]).filter((from) => canBecome(from, to));
}
