import type { Route } from "../api/call";
import { challengeRoutes } from "./challenges";
import { chargeRoutes } from "./charges";
import { customerRoutes } from "./customers";
import { disputeRoutes } from "./disputes";
import { eventRoutes } from "./events";
import { paymentIntentRoutes } from "./payment-intents";
import { paymentMethodRoutes } from "./payment-methods";
import { type LateRefundSettings, refundRoutes } from "./refunds";
import { setupIntentRoutes } from "./setup-intents";
import { webhookEndpointRoutes } from "./webhook-endpoints";

/** All routes of Stripe's API that the sandbox has. */
export function routesOf(settings: LateRefundSettings): Route[] {
  return [
    ...paymentIntentRoutes,
    ...paymentMethodRoutes,
    ...setupIntentRoutes,
    ...customerRoutes,
    ...chargeRoutes,
    ...refundRoutes(settings),
    ...disputeRoutes,
    ...eventRoutes,
    ...webhookEndpointRoutes,
    ...challengeRoutes,
  ];
}
