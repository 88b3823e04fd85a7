import type { Route } from "../api/call";
import { challengeRoutes } from "./challenges";
import { customerRoutes } from "./customers";
import { eventRoutes } from "./events";
import { type LateRefundSettings, moneyBackRoutes } from "./money-back";
import { paymentIntentRoutes } from "./payment-intents";
import { paymentMethodRoutes } from "./payment-methods";
import { setupIntentRoutes } from "./setup-intents";

/** Everything of Stripe's API that the sandbox has. */
export function routesOf(settings: LateRefundSettings): Route[] {
  return [
    ...paymentIntentRoutes,
    ...paymentMethodRoutes,
    ...moneyBackRoutes(settings),
    ...customerRoutes,
    ...setupIntentRoutes,
    ...eventRoutes,
    ...challengeRoutes,
  ];
}
