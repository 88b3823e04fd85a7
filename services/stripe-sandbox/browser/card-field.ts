import type { StripeError } from "@stripe/stripe-js";
import { onlyDigits } from "./card-text";

export interface CardFieldOptions {
  name: string;
  label: string;
  placeholder: string;
  autocomplete: AutoFill;
  wide?: true;
  format: (text: string) => string;
  problem: (text: string) => StripeError | null;
}

/** One labelled input with its message. */
export class CardField {
  readonly element = document.createElement("div");
  readonly input = document.createElement("input");
  readonly #message = document.createElement("p");
  readonly #options: CardFieldOptions;

  constructor(options: CardFieldOptions, onChange: () => void) {
    this.#options = options;
    const { input } = this;
    const message = this.#message;
    const label = document.createElement("label");
    label.htmlFor = input.id = `card-${options.name}`;
    label.textContent = options.label;
    input.type = "text";
    input.inputMode = "numeric";
    input.autocomplete = options.autocomplete;
    input.placeholder = options.placeholder;
    message.className = "problem";
    message.id = `card-${options.name}-problem`;
    message.setAttribute("role", "alert");
    input.setAttribute("aria-describedby", message.id);
    input.addEventListener("input", () => {
      this.#reformat();
      this.show(null);
      onChange();
    });
    input.addEventListener("blur", ({ relatedTarget }) => {
      // A click on the page's own button would miss it if a new message moved it down.
      const staysInForm =
        relatedTarget instanceof Node && relatedTarget.getRootNode() === input.getRootNode();
      if (staysInForm && input.value !== "") this.show(this.problem());
    });
    this.element.className = options.wide ? "field wide" : "field";
    this.element.append(label, input, message);
  }

  problem(): StripeError | null {
    return this.#options.problem(this.input.value);
  }

  show(problem: StripeError | null): void {
    this.#message.textContent = problem?.message ?? "";
    this.input.setAttribute("aria-invalid", String(problem !== null));
  }

  /** Groups the digits again and keeps the caret behind the same digit. */
  #reformat(): void {
    const { input } = this;
    const formatted = this.#options.format(input.value);
    if (formatted === input.value) return;
    const atEnd = input.selectionStart === input.value.length;
    const digitsBefore = onlyDigits(input.value.slice(0, input.selectionStart ?? 0)).length;
    input.value = formatted;
    let caret = 0;
    for (let seen = 0; seen < digitsBefore && caret < formatted.length; caret += 1) {
      if (/\d/.test(formatted.charAt(caret))) seen += 1;
    }
    if (atEnd) caret = formatted.length;
    input.setSelectionRange(caret, caret);
  }
}
