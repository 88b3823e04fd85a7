/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { Stripe, StripeConstructor, StripeElements, StripeError } from "@stripe/stripe-js";

declare global {
  interface Window {
    Stripe?: StripeConstructor;
  }
}

/** Stripe's form, ready to be filled in. */
interface Checkout {
  stripe: Stripe;
  elements: StripeElements;
}

interface ApiResponse {
  ok: boolean;
  status: number;
  /** the answer, or an RFC 9457 problem */
  body: { type?: string; detail?: string; client_secret?: string; publishable_key?: string };
}

const UNREACHABLE = "We could not reach our server. Please check your connection and try again.";
const UNAVAILABLE = "We cannot take payments at the moment. Please try again in a few minutes.";
const NO_FORM =
  "The payment form could not be loaded. Please check your connection and your ad blocker, and try again.";
const NOT_BY_CARD = "This invoice cannot be paid by card. Please contact us.";
const CHECK_DETAILS = "Please check your card details.";
const NOT_COMPLETED = "The payment was not completed. Please try again, or use another card.";
const NOT_SHOWN_YET =
  "Your payment went through, but your invoice does not show it yet. " +
  "Please do not pay again. Reload this page in a few minutes.";
/** The colours of pay.css. */
const APPEARANCE = {
  variables: { colorPrimary: "#2f5bd8", colorText: "#1f2937", colorDanger: "#b3261e", borderRadius: "8px" },
};
/** Stripe can confirm a payment in the browser a moment before it tells our server. */
const RETRY_AFTER_MS = [500, 1_000, 2_000, 4_000];

function element<Type extends HTMLElement>(id: string): Type {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as Type;
}

const form = element<HTMLFormElement>("payment");
const formOfStripe = element<HTMLDivElement>("payment-element");
const button = element<HTMLButtonElement>("pay");
const message = element<HTMLParagraphElement>("message");
const paid = element<HTMLParagraphElement>("paid");
const invoiceId = form.dataset["invoice"] ?? "";

let checkout: Checkout | undefined;
let busy = false;

function showMessage(text: string): void {
  message.textContent = text;
  message.hidden = text === "";
}

/** Runs one thing at a time, however often the button is pressed. */
async function whileBusy(label: string, work: () => Promise<void>): Promise<void> {
  if (busy) return;
  busy = true;
  button.disabled = true;
  button.textContent = label;
  showMessage("");
  try {
    await work();
  } catch {
    showMessage(UNREACHABLE);
  } finally {
    busy = false;
    button.disabled = false;
    button.textContent = checkout === undefined ? "Try again" : (button.dataset["label"] ?? "Pay");
    formOfStripe.hidden = checkout === undefined;
  }
}

/** @throws TypeError when the server cannot be reached */
async function post(path: string): Promise<ApiResponse> {
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ invoice_id: invoiceId }),
  });
  const body = (await response.json().catch(() => ({}))) as ApiResponse["body"];
  return { ok: response.ok, status: response.status, body };
}

/** Gets the invoice's payment intent and shows Stripe's form for it. */
async function loadForm(): Promise<void> {
  formOfStripe.hidden = false;
  if (window.Stripe === undefined) return showMessage(NO_FORM);
  const { ok, status, body } = await post("/api/create-payment-intent/");
  if (!ok || body.client_secret === undefined || body.publishable_key === undefined) {
    return showRefusal(status, body);
  }
  const stripe = window.Stripe(body.publishable_key);
  const elements = stripe.elements({ clientSecret: body.client_secret, appearance: APPEARANCE });
  const card = elements.create("payment");
  const loaded = new Promise<boolean>((resolve) => {
    card.on("ready", () => resolve(true));
    card.on("loaderror", () => resolve(false));
  });
  card.mount("#payment-element");
  if (await loaded) checkout = { stripe, elements };
  else showMessage(NO_FORM);
}

/** Says why there is no payment intent. */
function showRefusal(status: number, { type, detail }: ApiResponse["body"]): void {
  if (type === "invoice.already_paid") return showPaid();
  if (type === "invoice.not_payable") return replaceForm(NOT_BY_CARD, "problem");
  showMessage(status < 500 && detail !== undefined ? detail : UNAVAILABLE);
}

/** Has Stripe take the payment, then our server confirm it. */
async function pay({ stripe, elements }: Checkout): Promise<void> {
  const checked = await elements.submit();
  if (checked.error !== undefined) return showMessage(reasonOf(checked.error));
  const { error } = await stripe.confirmPayment({
    elements,
    redirect: "if_required",
    confirmParams: { return_url: location.href },
  });
  // Another tab may have paid in the meantime: then the intent itself has succeeded.
  if (error !== undefined && error.payment_intent?.status !== "succeeded")
    return showMessage(reasonOf(error));
  await confirmPaid();
}

function reasonOf(error: StripeError): string {
  // The form shows beside each field what is wrong with it.
  if (error.type === "validation_error") return CHECK_DETAILS;
  return error.message ?? "The payment failed. Please try again, or use another card.";
}

/** Waits until our server has the payment too. The customer has paid by now and must not be asked again. */
async function confirmPaid(): Promise<void> {
  for (const delay_ms of [...RETRY_AFTER_MS, undefined]) {
    const answer = await post("/api/payment-success/").catch(() => undefined);
    if (answer?.ok === true) return showPaid();
    if (delay_ms !== undefined) await new Promise((resolve) => setTimeout(resolve, delay_ms));
  }
  replaceForm(NOT_SHOWN_YET, "waiting");
}

function showPaid(): void {
  const status = element("status");
  status.textContent = "Paid";
  status.className = "status paid";
  form.remove();
  paid.hidden = false;
  paid.focus();
}

function replaceForm(text: string, kind: "waiting" | "problem"): void {
  const notice = document.createElement("p");
  notice.className = `notice ${kind}`;
  notice.setAttribute("role", "status");
  notice.tabIndex = -1;
  notice.textContent = text;
  form.replaceWith(notice);
  notice.focus();
}

/**
 * Starts the page, also for a customer who comes back from the bank's page. Our server decides whether the
 * payment succeeded, not the address; the secret in the address must not stay there.
 */
async function start(): Promise<void> {
  const query = new URLSearchParams(location.search);
  const returned = query.has("payment_intent");
  const failed = query.get("redirect_status") === "failed";
  if (returned)
    history.replaceState(null, "", `${location.pathname}?invoice=${encodeURIComponent(invoiceId)}`);
  if (returned && !failed) {
    const { ok } = await post("/api/payment-success/");
    if (ok) return showPaid();
  }
  await loadForm();
  if (returned && checkout !== undefined) showMessage(NOT_COMPLETED);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  // A script that did not load is loaded again only with the whole page.
  if (window.Stripe === undefined) return location.reload();
  const ready = checkout;
  if (ready === undefined) void whileBusy("Loading…", loadForm);
  else void whileBusy("Processing…", () => pay(ready));
});
void whileBusy("Loading…", start);
