import type { PaymentStatus } from "../../../shared/contracts/payments";
import { stateMachine } from "../../../shared/states";

export const paymentStates = stateMachine<PaymentStatus>({
  open: ["succeeded", "failed", "cancelled"],
  succeeded: [],
  failed: [],
  cancelled: [],
});

/**
 * Whether an invoice with a payment in this state can have no other one; see index payments_one_per_invoice.
 */
const LIVE: Record<PaymentStatus, boolean> = { open: true, succeeded: true, failed: false, cancelled: false };
export const LIVE_STATES = Object.entries(LIVE).flatMap(([status, live]) => (live ? [status] : []));
