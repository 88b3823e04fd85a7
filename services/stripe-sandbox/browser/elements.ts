import type {
  StripeElements,
  StripeElementsOptionsClientSecret,
  StripeElementsOptionsMode,
  StripeElementsUpdateOptions,
  StripeError,
  StripePaymentElement,
  StripePaymentElementOptions,
} from "@stripe/stripe-js";
import type { Api, Fields } from "./api";
import { IntegrationError } from "./errors";
import { PaymentElement } from "./payment-element";

export type ElementsOptions = StripeElementsOptionsClientSecret | StripeElementsOptionsMode;

type Submitted = Awaited<ReturnType<StripeElements["submit"]>>;

const FINAL = new Set(["succeeded", "canceled"]);

/** The elements of one payment: its client secret and its Payment Element. */
export class ElementsGroup {
  #element: PaymentElement | null = null;
  #handle: StripePaymentElement | null = null;
  readonly #api: Api;
  readonly #options: ElementsOptions;

  constructor(api: Api, options: ElementsOptions) {
    this.#api = api;
    this.#options = options;
  }

  get clientSecret(): string | undefined {
    return "clientSecret" in this.#options ? this.#options.clientSecret : undefined;
  }

  create(type: string, options: StripePaymentElementOptions = {}): StripePaymentElement {
    if (type !== "payment")
      throw new IntegrationError(`The sandbox has no "${type}" element, only "payment".`);
    if (this.#handle) throw new IntegrationError("Can only create one Element of type payment.");
    const context = {
      load: () => this.#load(),
      appearance: () => this.#options.appearance?.variables ?? {},
      options,
    };
    this.#element = new PaymentElement(context, () => {
      this.#element = null;
      this.#handle = null;
    });
    this.#handle = this.#element.handle();
    return this.#handle;
  }

  getElement(type: string): StripePaymentElement | null {
    return type === "payment" ? this.#handle : null;
  }

  update(options: StripeElementsUpdateOptions): Promise<void> {
    Object.assign(this.#options, options);
    this.#element?.restyle();
    return Promise.resolve();
  }

  fetchUpdates(): Promise<{ error?: { message: string; status?: string } }> {
    return Promise.resolve({});
  }

  on(): void {
    // The only event of a group is about custom payment methods; the sandbox has none.
  }

  submit(): Promise<Submitted> {
    const error = this.#mounted().form.validate();
    return Promise.resolve(error ? { error } : { selectedPaymentMethod: "card" });
  }

  /** The card in the mounted element. */
  card(): Fields {
    return this.#mounted().form.card();
  }

  #mounted(): PaymentElement {
    if (!this.#element?.isMounted) {
      throw new IntegrationError("elements should have a mounted Payment Element.");
    }
    return this.#element;
  }

  async #load(): Promise<StripeError | null> {
    if (this.clientSecret === undefined) return null;
    const { intent, error } = await this.#api.retrieve(this.clientSecret);
    if (error) return error;
    if (!FINAL.has(intent.status)) return null;
    const message = `This ${intent.object} is in a terminal state and cannot be used to initialize Elements.`;
    return { type: "invalid_request_error", code: `${intent.object}_unexpected_state`, message };
  }
}
