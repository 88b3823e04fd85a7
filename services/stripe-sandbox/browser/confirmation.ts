import type { ConfirmPaymentData, StripeElements, StripeError } from "@stripe/stripe-js";
import type { Api, Fields, Intent, IntentAnswer } from "./api";
import { askCustomer } from "./challenge-dialog";
import { ElementsGroup } from "./elements";
import { IntegrationError } from "./errors";

type ConfirmParams = Partial<ConfirmPaymentData>;

export interface ConfirmOptions {
  elements?: StripeElements;
  clientSecret?: string;
  confirmParams?: ConfirmParams;
  redirect?: "if_required" | "always";
}

function groupOf(elements: StripeElements | undefined): ElementsGroup | null {
  if (elements === undefined) return null;
  const group: unknown = elements;
  if (group instanceof ElementsGroup) return group;
  throw new IntegrationError("elements must come from stripe.elements().");
}

function billingFields(params: ConfirmParams): Fields {
  const { billing_details: billing, allow_redisplay, metadata } = params.payment_method_data ?? {};
  const { address, ...rest } = billing ?? {};
  return { allow_redisplay, metadata, billing_details: { ...rest, address: { ...address } } };
}

/** What is sent to confirm: the card in the form, or a saved method that the page names. */
function confirmFields(group: ElementsGroup | null, params: ConfirmParams): Fields {
  const { return_url, receipt_email, setup_future_usage, payment_method } = params;
  const common: Fields = { return_url, receipt_email, setup_future_usage };
  if (!group)
    return { ...common, payment_method: typeof payment_method === "string" ? payment_method : null };
  return { ...common, payment_method_data: { type: "card", card: group.card(), ...billingFields(params) } };
}

function errorOn(intent: Intent): StripeError | null {
  const error = intent.object === "payment_intent" ? intent.last_payment_error : intent.last_setup_error;
  if (intent.status !== "requires_payment_method" || !error) return null;
  return intent.object === "payment_intent"
    ? { ...error, payment_intent: intent }
    : { ...error, setup_intent: intent };
}

/** The return URL with what Stripe.js adds to it. These are hints; only what the server retrieves counts. */
function returnUrlFor(returnUrl: string, intent: Intent): string {
  const url = new URL(returnUrl, window.location.href);
  url.searchParams.set(intent.object, intent.id);
  url.searchParams.set(`${intent.object}_client_secret`, intent.client_secret ?? "");
  url.searchParams.set("redirect_status", intent.status === "succeeded" ? "succeeded" : "pending");
  return url.href;
}

function goTo(address: string): Promise<never> {
  window.location.assign(address);
  return new Promise<never>(() => undefined);
}

/** Confirms intents, and takes the customer through 3D Secure. */
export class Confirmation {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Confirms, with 3D Secure if the bank asks for it, then redirects if the page wants that. */
  async confirm(options: ConfirmOptions): Promise<IntentAnswer> {
    return this.#redirect(options, await this.#confirmHere(options));
  }

  async #confirmHere(options: ConfirmOptions): Promise<IntentAnswer> {
    const group = groupOf(options.elements);
    const { confirmParams = {}, redirect = "always" } = options;
    const clientSecret = options.clientSecret ?? group?.clientSecret;
    if (clientSecret === undefined) throw new IntegrationError("A clientSecret is needed to confirm.");
    if (redirect === "always" && confirmParams.return_url === undefined) {
      const message = "confirmParams.return_url is required unless you pass redirect: 'if_required'.";
      throw new IntegrationError(message);
    }
    const { error: invalid } = (await group?.submit()) ?? {};
    if (invalid) return { error: invalid };
    const answer = await this.#api.confirm(clientSecret, confirmFields(group, confirmParams));
    return answer.intent?.status === "requires_action" ? this.#challenge(clientSecret) : answer;
  }

  async #challenge(clientSecret: string): Promise<IntentAnswer> {
    const answer = await this.#api.answerChallenge(clientSecret, await askCustomer());
    const error = answer.intent && errorOn(answer.intent);
    return error ? { error } : answer;
  }

  async nextAction(clientSecret: string): Promise<IntentAnswer> {
    const answer = await this.#api.retrieve(clientSecret);
    return answer.intent?.status === "requires_action" ? this.#challenge(clientSecret) : answer;
  }

  /** With `redirect: "always"` a success leaves the page; a failure stays on it. */
  async #redirect(options: ConfirmOptions, answer: IntentAnswer): Promise<IntentAnswer> {
    const returnUrl = options.confirmParams?.return_url;
    if (answer.error || options.redirect === "if_required" || returnUrl === undefined) return answer;
    return goTo(returnUrlFor(returnUrl, answer.intent));
  }
}
