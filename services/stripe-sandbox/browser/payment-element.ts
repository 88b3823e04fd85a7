import type {
  StripeError,
  StripePaymentElement,
  StripePaymentElementChangeEvent,
  StripePaymentElementOptions,
} from "@stripe/stripe-js";
import { CardForm } from "./card-form";
import { Emitter } from "./emitter";
import { IntegrationError } from "./errors";
import { applyAppearance, styledRoot } from "./styles";

const ELEMENT = { elementType: "payment" } as const;

export interface ElementContext {
  /** Retrieves the intent. Resolves to why it cannot be paid, or null. */
  load: () => Promise<StripeError | null>;
  appearance: () => Record<string, string | undefined>;
  options: StripePaymentElementOptions;
}

function containerFor(target: string | HTMLElement): HTMLElement {
  const container = typeof target === "string" ? document.querySelector<HTMLElement>(target) : target;
  if (!container) throw new IntegrationError("The selector you specified applies to no DOM element.");
  return container;
}

/** The Payment Element, for cards. */
export class PaymentElement {
  readonly form: CardForm;
  readonly #host = document.createElement("div");
  readonly #emitter = new Emitter();
  #hasStartedToLoad = false;
  #destroyed = false;
  readonly #context: ElementContext;
  readonly #onDestroy: () => void;

  constructor(context: ElementContext, onDestroy: () => void) {
    this.#context = context;
    this.#onDestroy = onDestroy;
    const root = styledRoot(this.#host);
    this.form = new CardForm(root, () => this.#emitter.emit("change", this.#state()));
    this.form.setReadOnly(context.options.readOnly === true);
    root.addEventListener("focusin", () => this.#emitter.emit("focus", ELEMENT));
    root.addEventListener("focusout", () => this.#emitter.emit("blur", ELEMENT));
    // As in Stripe's element: Enter in a field submits the form around it.
    this.#host.addEventListener("keydown", ({ key }) => {
      if (key === "Enter") this.#host.closest("form")?.requestSubmit();
    });
    this.restyle();
  }

  get isMounted(): boolean {
    return this.#host.isConnected;
  }

  restyle(): void {
    applyAppearance(this.#host, this.#context.appearance());
  }

  /** The element as the page uses it. */
  handle(): StripePaymentElement {
    const { form } = this;
    const emitter = this.#emitter;
    const handle: StripePaymentElement = {
      mount: (target: string | HTMLElement) => this.#mount(target),
      unmount: () => this.#host.remove(),
      destroy: () => this.#destroy(),
      focus: () => form.focus(),
      blur: () => form.blur(),
      clear: () => form.clear(),
      collapse: () => handle,
      update: (options) => {
        if (options.readOnly !== undefined) form.setReadOnly(options.readOnly);
        return handle;
      },
      on: (type: string, handler: (event: never) => unknown) => {
        emitter.add(type, handler, false);
        return handle;
      },
      once: (type: string, handler: (event: never) => unknown) => {
        emitter.add(type, handler, true);
        return handle;
      },
      off: (type: string, handler?: (event: never) => unknown) => {
        emitter.remove(type, handler);
        return handle;
      },
    };
    return handle;
  }

  #mount(target: string | HTMLElement): void {
    if (this.#destroyed) throw new IntegrationError("This Element has been destroyed; create a new one.");
    containerFor(target).replaceChildren(this.#host);
    if (this.#hasStartedToLoad) return;
    this.#hasStartedToLoad = true;
    void this.#load();
  }

  async #load(): Promise<void> {
    // A page may add its handlers right after mount.
    await Promise.resolve();
    this.#emitter.emit("loaderstart", ELEMENT);
    const error = await this.#context.load();
    if (error) this.#emitter.emit("loaderror", { ...ELEMENT, error });
    else this.#emitter.emit("ready", ELEMENT);
  }

  #destroy(): void {
    this.#destroyed = true;
    this.#host.remove();
    this.#onDestroy();
  }

  #state(): StripePaymentElementChangeEvent {
    const { isEmpty: empty, isComplete: complete } = this.form;
    return { ...ELEMENT, empty, complete, collapsed: false, value: { type: "card" } };
  }
}
