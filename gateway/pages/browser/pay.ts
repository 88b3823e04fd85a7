/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { Stripe, StripeConstructor, StripeElements, StripeError } from "@stripe/stripe-js";

declare global {
  interface Window {
    Stripe?: StripeConstructor;
  }
}

/** What it takes to confirm a payment once the customer has filled in the form. */
interface Checkout {
  stripe: Stripe;
  elements: StripeElements;
}

interface Answer {
  ok: boolean;
  status: number;
  body: { detail?: string; client_secret?: string; publishable_key?: string };
}

const UNREACHABLE = "We could not reach the server. Check your connection and try again.";
const NO_FORM =
  "The payment form could not be loaded. Check your connection, or whether something blocks it, and try again.";
const RECEIVED =
  "Your payment went through, but we could not yet mark the invoice as paid. " +
  "Do not pay again; load this page again in a moment.";
/** As in pay.css. */
const APPEARANCE = {
  variables: { colorPrimary: "#2f5bd8", colorText: "#1f2937", colorDanger: "#b3261e", borderRadius: "8px" },
};
/** Stripe's word can take a moment to be known everywhere. */
const ASK_AGAIN_MS = [500, 1_000, 2_000, 4_000];

function element<Type extends HTMLElement>(id: string): Type {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as Type;
}

const form = element<HTMLFormElement>("payment");
const button = element<HTMLButtonElement>("pay");
const message = element<HTMLParagraphElement>("message");
const invoiceId = form.dataset["invoice"] ?? "";

let checkout: Checkout | undefined;
let busy = false;

function tell(text: string): void {
  message.textContent = text;
  message.hidden = text === "";
}

/** Lets only one thing happen at a time, however often the button is pressed. */
async function alone(work: () => Promise<void>): Promise<void> {
  if (busy) return;
  busy = true;
  button.disabled = true;
  button.textContent = "One moment…";
  tell("");
  try {
    await work();
  } catch {
    tell(UNREACHABLE);
  } finally {
    busy = false;
    button.disabled = false;
    button.textContent = checkout === undefined ? "Try again" : (button.dataset["label"] ?? "Pay");
  }
}

/** @throws TypeError when the server cannot be reached */
async function post(path: string): Promise<Answer> {
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ invoice_id: invoiceId }),
  });
  const body = (await response.json().catch(() => ({}))) as Answer["body"];
  return { ok: response.ok, status: response.status, body };
}

/** Gets the invoice's intent and shows Stripe's form for it. */
async function begin(): Promise<void> {
  if (window.Stripe === undefined) return tell(NO_FORM);
  const { ok, body } = await post("/api/create-payment-intent/");
  if (!ok || body.client_secret === undefined || body.publishable_key === undefined) {
    return tell(body.detail ?? UNREACHABLE);
  }
  const stripe = window.Stripe(body.publishable_key);
  const elements = stripe.elements({ clientSecret: body.client_secret, appearance: APPEARANCE });
  const card = elements.create("payment");
  const shown = new Promise<boolean>((resolve) => {
    card.on("ready", () => resolve(true));
    card.on("loaderror", () => resolve(false));
  });
  card.mount("#payment-element");
  if (await shown) checkout = { stripe, elements };
  else tell(NO_FORM);
}

/** Asks Stripe for the money, then the server for its word that it came. */
async function pay({ stripe, elements }: Checkout): Promise<void> {
  const checked = await elements.submit();
  if (checked.error !== undefined) return tell(reasonOf(checked.error));
  const { error } = await stripe.confirmPayment({
    elements,
    redirect: "if_required",
    confirmParams: { return_url: location.href },
  });
  // A second tab may have paid meanwhile: then the intent itself says so.
  if (error !== undefined && error.payment_intent?.status !== "succeeded") return tell(reasonOf(error));
  await settle();
}

function reasonOf(error: StripeError): string {
  return error.message ?? "The payment failed. Try again, or use another card.";
}

/** Has the invoice marked as paid. The customer has paid by now, so nothing here may invite to pay again. */
async function settle(): Promise<void> {
  for (const wait_ms of [...ASK_AGAIN_MS, undefined]) {
    const answer = await post("/api/payment-success/").catch(() => undefined);
    if (answer?.ok === true) return showPaid(answer.body.detail ?? "The invoice is paid.");
    if (wait_ms !== undefined) await new Promise((resolve) => setTimeout(resolve, wait_ms));
  }
  showNotice(RECEIVED, "problem");
}

function showPaid(detail: string): void {
  const status = element("status");
  status.textContent = "Paid";
  status.className = "status paid";
  showNotice(`${detail} Thank you.`, "done");
}

/** Puts the last word in the place of the form. */
function showNotice(text: string, kind: "done" | "problem"): void {
  const notice = document.createElement("p");
  notice.className = `notice ${kind}`;
  notice.setAttribute("role", "status");
  notice.tabIndex = -1;
  notice.textContent = text;
  form.replaceWith(notice);
  notice.focus();
}

/**
 * Takes up a customer whom the bank's own page has sent back. What the address says about the outcome is only
 * a hint, and its secret must not stay there.
 */
async function resume(): Promise<void> {
  const query = new URLSearchParams(location.search);
  const returned = query.has("payment_intent");
  const failed = query.get("redirect_status") === "failed";
  if (returned)
    history.replaceState(null, "", `${location.pathname}?invoice=${encodeURIComponent(invoiceId)}`);
  if (returned && !failed) {
    const answer = await post("/api/payment-success/");
    if (answer.ok) return showPaid(answer.body.detail ?? "The invoice is paid.");
  }
  await begin();
  if (returned && checkout !== undefined)
    tell("The payment was not completed. Try again, or use another card.");
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  // A script that did not load comes only with the page.
  if (window.Stripe === undefined) return location.reload();
  void alone(() => (checkout === undefined ? begin() : pay(checkout)));
});
void alone(resume);
