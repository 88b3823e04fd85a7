import type { DeliveryStatus } from "../../../shared/contracts/notifications";

/**
 * What may become of a delivery. A cancelled one can still turn out to be sent: its mail was on the way when
 * the reason for it went away, and a mail that has left is never denied.
 */
export const TRANSITIONS = {
  queued: ["sent", "failed", "cancelled"],
  cancelled: ["sent"],
  sent: [],
  failed: [],
} as const satisfies Record<DeliveryStatus, readonly DeliveryStatus[]>;

/**
 * The states from which a delivery may come into a state, for the WHERE of the UPDATE that brings it there.
 */
export function statesBefore(status: DeliveryStatus): DeliveryStatus[] {
  return (Object.keys(TRANSITIONS) as DeliveryStatus[]).filter((from) =>
    (TRANSITIONS[from] as readonly DeliveryStatus[]).includes(status),
  );
}
