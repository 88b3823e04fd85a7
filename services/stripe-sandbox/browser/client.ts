import type {
  PaymentIntentOrSetupIntentResult,
  PaymentIntentResult,
  SetupIntentResult,
  Stripe,
  StripeElements,
  StripeError,
} from "@stripe/stripe-js";
import type { Api, IntentAnswer } from "./api";
import { type ConfirmOptions, Confirmation } from "./confirmation";
import { type ElementsOptions, ElementsGroup } from "./elements";
import { IntegrationError } from "./errors";

type ConfirmHere = ConfirmOptions & { redirect: "if_required" };
type ConfirmAway = ConfirmOptions & { redirect?: "always" };

function paymentResult(answer: IntentAnswer): PaymentIntentResult {
  if (answer.error) return { error: answer.error };
  if (answer.intent.object === "payment_intent") return { paymentIntent: answer.intent };
  throw new IntegrationError("This client secret belongs to a SetupIntent.");
}

function setupResult(answer: IntentAnswer): SetupIntentResult {
  if (answer.error) return { error: answer.error };
  if (answer.intent.object === "setup_intent") return { setupIntent: answer.intent };
  throw new IntegrationError("This client secret belongs to a PaymentIntent.");
}

/** The part of Stripe.js that payment pages use. */
export function createStripe(api: Api) {
  const confirmation = new Confirmation(api);

  function confirmPayment(options: ConfirmHere): Promise<PaymentIntentResult>;
  function confirmPayment(options: ConfirmAway): Promise<{ error: StripeError }>;
  async function confirmPayment(options: ConfirmOptions): Promise<PaymentIntentResult> {
    return paymentResult(await confirmation.confirm(options));
  }

  function confirmSetup(options: ConfirmHere): Promise<SetupIntentResult>;
  function confirmSetup(options: ConfirmAway): Promise<{ error: StripeError }>;
  async function confirmSetup(options: ConfirmOptions): Promise<SetupIntentResult> {
    return setupResult(await confirmation.confirm(options));
  }

  async function handleNextAction(
    options: { clientSecret: string } | { hashedValue: string },
  ): Promise<PaymentIntentOrSetupIntentResult> {
    if (!("clientSecret" in options)) throw new IntegrationError("The sandbox needs a clientSecret.");
    const answer = await confirmation.nextAction(options.clientSecret);
    return answer.intent?.object === "setup_intent" ? setupResult(answer) : paymentResult(answer);
  }

  return {
    // It has one kind of element instead of Stripe's fifty; `create` throws for any other.
    elements: (options: ElementsOptions = {}) =>
      new ElementsGroup(api, { ...options }) as unknown as StripeElements,
    confirmPayment,
    confirmSetup,
    handleNextAction,
    retrievePaymentIntent: async (clientSecret: string) => paymentResult(await api.retrieve(clientSecret)),
    retrieveSetupIntent: async (clientSecret: string) => setupResult(await api.retrieve(clientSecret)),
  } satisfies Pick<
    Stripe,
    | "elements"
    | "confirmPayment"
    | "confirmSetup"
    | "handleNextAction"
    | "retrievePaymentIntent"
    | "retrieveSetupIntent"
  >;
}
