import type { StripeError } from "@stripe/stripe-js";
import type { Fields } from "./api";
import { CardField, type CardFieldOptions } from "./card-field";
import {
  cvcProblem,
  expiryOf,
  expiryProblem,
  formatCvc,
  formatExpiry,
  formatNumber,
  numberProblem,
  onlyDigits,
} from "./card-text";

/** Keeps the groups of a number on one line, also on a phone. */
function onOneLine(number: string): string {
  return number.replaceAll(" ", "\u00a0");
}

const HINT =
  `Sandbox: no money moves. ${onOneLine("4242 4242 4242 4242")} pays, ` +
  `${onOneLine("4000 0000 0000 9995")} is declined, ` +
  `${onOneLine("4000 0000 0000 3220")} asks for 3D Secure.`;

/** The card fields. What the customer types here goes to the sandbox only. */
export class CardForm {
  readonly #number: CardField;
  readonly #expiry: CardField;
  readonly #cvc: CardField;
  readonly #onChange: () => void;

  constructor(root: ShadowRoot, onChange: () => void) {
    this.#onChange = onChange;
    this.#number = this.#field({
      name: "number",
      label: "Card number",
      placeholder: "1234 1234 1234 1234",
      autocomplete: "cc-number",
      wide: true,
      format: formatNumber,
      problem: numberProblem,
    });
    this.#expiry = this.#field({
      name: "expiry",
      label: "Expiration",
      placeholder: "MM / YY",
      autocomplete: "cc-exp",
      format: formatExpiry,
      problem: (text) => expiryProblem(text, Date.now()),
    });
    this.#cvc = this.#field({
      name: "cvc",
      label: "CVC",
      placeholder: "CVC",
      autocomplete: "cc-csc",
      format: formatCvc,
      problem: (text) => cvcProblem(text, this.#number.input.value),
    });
    const fields = document.createElement("div");
    fields.className = "fields";
    fields.append(...this.#all().map(({ element }) => element));
    const hint = document.createElement("p");
    hint.className = "hint";
    hint.textContent = HINT;
    root.append(fields, hint);
  }

  get isEmpty(): boolean {
    return this.#all().every(({ input }) => input.value === "");
  }

  get isComplete(): boolean {
    return this.#all().every((field) => field.problem() === null);
  }

  /** Shows what is wrong, focuses the first wrong field, and returns its error. */
  validate(): StripeError | null {
    const wrong = this.#all().filter((field) => field.problem() !== null);
    for (const field of this.#all()) field.show(field.problem());
    wrong[0]?.input.focus();
    return wrong[0]?.problem() ?? null;
  }

  /** The card as the API takes it. */
  card(): Fields {
    const { month, year } = expiryOf(this.#expiry.input.value);
    return {
      number: onlyDigits(this.#number.input.value),
      exp_month: month,
      exp_year: year,
      cvc: this.#cvc.input.value,
    };
  }

  focus(): void {
    this.#number.input.focus();
  }

  blur(): void {
    for (const { input } of this.#all()) input.blur();
  }

  clear(): void {
    for (const field of this.#all()) {
      field.input.value = "";
      field.show(null);
    }
    this.#onChange();
  }

  setReadOnly(readOnly: boolean): void {
    for (const { input } of this.#all()) input.disabled = readOnly;
  }

  #field(options: CardFieldOptions): CardField {
    return new CardField(options, this.#onChange);
  }

  #all(): CardField[] {
    return [this.#number, this.#expiry, this.#cvc];
  }
}
