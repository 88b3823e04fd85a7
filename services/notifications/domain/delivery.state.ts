import type { DeliveryStatus } from "../../../shared/contracts/notifications";
import { stateMachine } from "../../../shared/states";

/**
 * A cancelled delivery can still become `sent`: its mail may have been on the way when it was cancelled, and
 * a mail that was sent is always recorded.
 */
export const deliveryStates = stateMachine<DeliveryStatus>({
  queued: ["sent", "failed", "cancelled"],
  cancelled: ["sent"],
  sent: [],
  failed: [],
});
