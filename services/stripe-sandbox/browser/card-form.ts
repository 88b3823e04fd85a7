import type { StripeError } from "@stripe/stripe-js";
import type { Fields } from "./api";
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

interface FieldOptions {
  name: string;
  label: string;
  placeholder: string;
  autocomplete: AutoFill;
  wide?: true;
  format: (text: string) => string;
  problem: (text: string) => StripeError | null;
}

/** One labelled input with its message. */
class Field {
  readonly element = document.createElement("div");
  readonly input = document.createElement("input");
  private readonly message = document.createElement("p");

  constructor(
    private readonly options: FieldOptions,
    onChange: () => void,
  ) {
    const { input, message } = this;
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
      this.reformat();
      this.show(null);
      onChange();
    });
    input.addEventListener("blur", ({ relatedTarget }) => {
      // On the way to the page's own button a new line would move that button from under the finger.
      const staysInForm =
        relatedTarget instanceof Node && relatedTarget.getRootNode() === input.getRootNode();
      if (staysInForm && input.value !== "") this.show(this.problem());
    });
    this.element.className = options.wide ? "field wide" : "field";
    this.element.append(label, input, message);
  }

  problem(): StripeError | null {
    return this.options.problem(this.input.value);
  }

  show(problem: StripeError | null): void {
    this.message.textContent = problem?.message ?? "";
    this.input.setAttribute("aria-invalid", String(problem !== null));
  }

  /** Groups the digits anew and keeps the caret behind the same digit. */
  private reformat(): void {
    const { input } = this;
    const formatted = this.options.format(input.value);
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

/** Unbroken on a phone: the groups of a number stay on one line. */
function unbroken(number: string): string {
  return number.replaceAll(" ", "\u00a0");
}

const HINT =
  `Sandbox: no money moves. ${unbroken("4242 4242 4242 4242")} pays, ${unbroken("4000 0000 0000 9995")} is declined, ` +
  `${unbroken("4000 0000 0000 3220")} asks for 3D Secure.`;

/** The card fields. What is typed here goes to the sandbox and nowhere else. */
export class CardForm {
  private readonly number: Field;
  private readonly expiry: Field;
  private readonly cvc: Field;

  constructor(
    root: ShadowRoot,
    private readonly onChange: () => void,
  ) {
    this.number = this.field({
      name: "number",
      label: "Card number",
      placeholder: "1234 1234 1234 1234",
      autocomplete: "cc-number",
      wide: true,
      format: formatNumber,
      problem: numberProblem,
    });
    this.expiry = this.field({
      name: "expiry",
      label: "Expiration",
      placeholder: "MM / YY",
      autocomplete: "cc-exp",
      format: formatExpiry,
      problem: (text) => expiryProblem(text, Date.now()),
    });
    this.cvc = this.field({
      name: "cvc",
      label: "CVC",
      placeholder: "CVC",
      autocomplete: "cc-csc",
      format: formatCvc,
      problem: (text) => cvcProblem(text, this.number.input.value),
    });
    const fields = document.createElement("div");
    fields.className = "fields";
    fields.append(...this.all().map(({ element }) => element));
    const hint = document.createElement("p");
    hint.className = "hint";
    hint.textContent = HINT;
    root.append(fields, hint);
  }

  get isEmpty(): boolean {
    return this.all().every(({ input }) => input.value === "");
  }

  get isComplete(): boolean {
    return this.all().every((field) => field.problem() === null);
  }

  /** Marks what is wrong and goes to the first of it. */
  validate(): StripeError | null {
    const wrong = this.all().filter((field) => field.problem() !== null);
    for (const field of this.all()) field.show(field.problem());
    wrong[0]?.input.focus();
    return wrong[0]?.problem() ?? null;
  }

  /** The card as the API takes it. */
  card(): Fields {
    const { month, year } = expiryOf(this.expiry.input.value);
    return {
      number: onlyDigits(this.number.input.value),
      exp_month: month,
      exp_year: year,
      cvc: this.cvc.input.value,
    };
  }

  focus(): void {
    this.number.input.focus();
  }

  blur(): void {
    for (const { input } of this.all()) input.blur();
  }

  clear(): void {
    for (const field of this.all()) {
      field.input.value = "";
      field.show(null);
    }
    this.onChange();
  }

  setReadOnly(readOnly: boolean): void {
    for (const { input } of this.all()) input.disabled = readOnly;
  }

  private field(options: FieldOptions): Field {
    return new Field(options, this.onChange);
  }

  private all(): Field[] {
    return [this.number, this.expiry, this.cvc];
  }
}
