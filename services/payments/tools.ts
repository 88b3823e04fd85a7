import type { ActionHandler, ServiceEnv } from "../../shared/service/service-env";
import type { ActionName } from "../../shared/contracts";
import type { StripeApi } from "./stripe/stripe-api";

/** What this service's code works with beside the database. */
export interface PaymentsTools {
  stripe: StripeApi;
  /** whether our keys move real money */
  livemode: boolean;
  publishableKey: string;
  /** where the payment page loads Stripe.js from */
  stripeJsUrl: string;
  /** whether the built-in stand-in plays Stripe */
  sandbox: boolean;
}

export type PaymentsEnv = ServiceEnv<PaymentsTools>;
export type PaymentsAction<Name extends ActionName> = ActionHandler<Name, PaymentsTools>;
