import type { ActionHandler, ServiceEnv } from "../../shared/service/service-env";
import type { ActionName } from "../../shared/contracts";
import type { OwnSandbox } from "./stripe/own-sandbox";
import type { StripeApi } from "./stripe/stripe-api";

/** What this service needs besides the database. */
export interface PaymentsTools {
  stripe: StripeApi;
  /** whether our keys move real money */
  livemode: boolean;
  publishableKey: string;
  /** where the payment page loads Stripe.js from */
  stripeJsUrl: string;
  /** the built-in sandbox, when no Stripe keys are configured */
  sandbox: OwnSandbox | undefined;
}

export type PaymentsEnv = ServiceEnv<PaymentsTools>;
export type PaymentsAction<Name extends ActionName> = ActionHandler<Name, PaymentsTools>;
