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
const NOT_BY_CARD =
  "This invoice cannot be paid by card. " +
  "Please reply to our email about it, and we will tell you how else you can pay.";
const CHECK_DETAILS = "Please check your card details.";
const NOT_COMPLETED = "The payment was not completed. Please try again, or use another card.";
const CANCELLED =
  "This payment was cancelled before you made it. You have not paid. Please enter your card again.";
const CHECKING =
  "We are checking your payment. If your bank asks you to approve it, please do so. Please do not pay again.";
const STILL_CHECKING =
  "We are checking your payment, and will email you when it has arrived. " +
  "Please do not pay again. You can reload this page in a few minutes.";
const NOT_SHOWN_YET =
  "Your payment went through, but your invoice does not show it yet. " +
  "Please do not pay again. Reload this page in a few minutes.";

/** Our server answers within ten seconds, or says that it cannot. */
const ANSWER_WITHIN_MS = 15_000;
const FORM_WITHIN_MS = 20_000;
/** A payment takes a few seconds, unless the bank asks the customer. */
const PATIENCE_MS = 30_000;
/** Our server is asked so often while Stripe does not answer, at most so long. */
const CHECK_EVERY_MS = 15_000;
const CHECK_FOR_MS = 600_000;
/** Stripe can confirm a payment in the browser a moment before it tells our server. */
const RETRY_AFTER_MS = [500, 1_000, 2_000, 4_000];
/** Errors after which the payment may still have been made. */
const UNSURE = new Set<string>(["api_connection_error", "api_error"]);

function element<Type extends HTMLElement>(id: string): Type {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as Type;
}

const form = element<HTMLFormElement>("payment");
const formOfStripe = element<HTMLDivElement>("payment-element");
const loading = element<HTMLParagraphElement>("loading");
const button = element<HTMLButtonElement>("pay");
const message = element<HTMLParagraphElement>("message");
const paid = element<HTMLParagraphElement>("paid");
const { invoice: invoiceId = "", api = "", stripe: stripeJsUrl = "" } = form.dataset;
const pageOfInvoice = `${location.pathname}?invoice=${encodeURIComponent(invoiceId)}`;

let checkout: Checkout | undefined;
let busy = false;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** @throws Error when there is no result in time */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer = 0;
  const late = new Promise<never>((_resolve, reject) => {
    timer = window.setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function showMessage(text: string, kind: "problem" | "waiting" = "problem"): void {
  message.textContent = text;
  message.className = `notice ${kind}`;
  message.hidden = text === "";
}

/**
 * Runs one thing at a time, however often the button is pressed. The button is not disabled: that would take
 * the focus from it.
 */
async function whileBusy(label: string, work: () => Promise<void>): Promise<void> {
  if (busy) return;
  busy = true;
  button.setAttribute("aria-disabled", "true");
  button.textContent = label;
  showMessage("");
  try {
    await work();
  } catch {
    showMessage(UNREACHABLE);
  } finally {
    busy = false;
    button.removeAttribute("aria-disabled");
    button.textContent = checkout === undefined ? "Try again" : (button.dataset["label"] ?? "Pay");
    loading.hidden = true;
    formOfStripe.hidden = checkout === undefined;
  }
}

/** @throws Error when the server cannot be reached or does not answer */
async function post(path: string): Promise<ApiResponse> {
  const cut = new AbortController();
  const answer = async () => {
    const response = await fetch(`${api}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ invoice: invoiceId }),
      signal: cut.signal,
    });
    const body = (await response.json().catch(() => ({}))) as ApiResponse["body"];
    return { ok: response.ok, status: response.status, body };
  };
  return within(ANSWER_WITHIN_MS, answer()).finally(() => cut.abort());
}

/** Loads Stripe.js. @returns undefined when it cannot be loaded */
async function loadStripe(): Promise<StripeConstructor | undefined> {
  if (window.Stripe !== undefined) return window.Stripe;
  const script = document.createElement("script");
  script.src = stripeJsUrl;
  const loaded = new Promise<void>((resolve) => {
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", () => resolve());
  });
  document.head.append(script);
  await within(FORM_WITHIN_MS, loaded).catch(() => undefined);
  return window.Stripe;
}

/** Gets the invoice's payment intent and shows Stripe's form for it. */
async function loadForm(): Promise<void> {
  checkout = undefined;
  loading.hidden = false;
  const loadingStripe = loadStripe();
  const { ok, status, body } = await post("create-payment-intent/");
  if (!ok || body.client_secret === undefined || body.publishable_key === undefined) {
    return showRefusal(status, body);
  }
  const constructor = await loadingStripe;
  if (constructor === undefined) return showMessage(NO_FORM);
  const stripe = constructor(body.publishable_key);
  const elements = stripe.elements({ clientSecret: body.client_secret, appearance: appearance() });
  const card = elements.create("payment");
  const loaded = new Promise<boolean>((resolve) => {
    card.on("ready", () => resolve(true));
    card.on("loaderror", () => resolve(false));
  });
  // Stripe's form must have a size while it loads.
  formOfStripe.hidden = false;
  card.mount("#payment-element");
  if (await within(FORM_WITHIN_MS, loaded).catch(() => false)) checkout = { stripe, elements };
  else {
    card.destroy();
    showMessage(NO_FORM);
  }
}

/** The colours of pay.css, which are other ones in the dark. */
function appearance() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const border = `1px solid ${colour("border")}`;
  return {
    variables: {
      colorPrimary: colour("primary"),
      colorText: colour("text"),
      colorTextSecondary: colour("quiet"),
      colorTextPlaceholder: colour("quiet"),
      colorBackground: colour("surface"),
      colorDanger: colour("danger"),
      borderRadius: "8px",
    },
    rules: {
      ".Input": { border },
      ".Input:focus": { outline: `3px solid ${colour("primary")}`, outlineOffset: "1px" },
    },
  };
}

/** Says why there is no payment intent. */
function showRefusal(status: number, { type, detail }: ApiResponse["body"]): void {
  if (type === "invoice.already_paid") return showPaid();
  if (type === "invoice.not_payable") return replaceForm(NOT_BY_CARD, "problem");
  showMessage(status < 500 && detail !== undefined ? detail : UNAVAILABLE);
}

/** Has Stripe take the payment, then our server confirm it. */
async function pay({ stripe, elements }: Checkout): Promise<void> {
  const checked = await within(ANSWER_WITHIN_MS, elements.submit()).catch(() => undefined);
  if (checked === undefined) return showMessage(NO_FORM);
  if (checked.error !== undefined) return showMessage(reasonOf(checked.error));

  const confirm = stripe.confirmPayment({
    elements,
    redirect: "if_required",
    confirmParams: { return_url: location.href },
  });
  const unsure: StripeError = { type: "api_connection_error" };
  const confirmed = confirm.then(({ error }) => error).catch(() => unsure);
  const watch = new AbortController();
  const error = await Promise.race([confirmed, watchServer(watch.signal)]).finally(() => watch.abort());
  if (error === "paid") return showPaid();
  if (error === "unknown") return replaceForm(STILL_CHECKING, "waiting");
  showMessage("");
  // Another tab may have paid in the meantime: then the intent itself has succeeded.
  if (error === undefined || error.payment_intent?.status === "succeeded") return confirmPaid();
  return recover(error);
}

/**
 * While Stripe does not answer, asks our server whether the payment has arrived, and tells the customer so.
 * The customer may just be reading the bank's question.
 */
async function watchServer(over: AbortSignal): Promise<"paid" | "unknown"> {
  const until_ms = Date.now() + CHECK_FOR_MS;
  await pause(PATIENCE_MS);
  while (Date.now() < until_ms && !over.aborted) {
    showMessage(CHECKING, "waiting");
    const answer = await post("payment-success/").catch(() => undefined);
    if (answer?.ok === true) return "paid";
    await pause(CHECK_EVERY_MS);
  }
  return "unknown";
}

/** After an error: begins anew where the intent has ended, and asks where the error does not tell. */
async function recover(failure: StripeError): Promise<void> {
  const ended =
    failure.payment_intent?.status === "canceled" || failure.code === "payment_intent_unexpected_state";
  if (ended || UNSURE.has(failure.type)) {
    const answer = await post("payment-success/").catch(() => undefined);
    if (answer?.ok === true) return showPaid();
  }
  if (!ended) return showMessage(reasonOf(failure));
  await loadForm();
  if (checkout !== undefined) showMessage(CANCELLED);
}

function reasonOf(error: StripeError): string {
  // The form shows beside each field what is wrong with it.
  if (error.type === "validation_error") return CHECK_DETAILS;
  return error.message ?? "The payment failed. Please try again, or use another card.";
}

/**
 * Asks our server whether the payment has arrived, again and again.
 * @param isFinal whether an answer that is no success ends it; one that is none never does
 * @returns the last answer; undefined when there was none
 */
async function askUntil(isFinal: (answer: ApiResponse) => boolean): Promise<ApiResponse | undefined> {
  let answer: ApiResponse | undefined;
  for (const delay_ms of [...RETRY_AFTER_MS, undefined]) {
    answer = await post("payment-success/").catch(() => undefined);
    if (answer !== undefined && (answer.ok || isFinal(answer))) break;
    if (delay_ms !== undefined) await pause(delay_ms);
  }
  return answer;
}

/** Waits until our server has the payment too. The customer has paid by now and must not be asked again. */
async function confirmPaid(): Promise<void> {
  const answer = await askUntil(() => false);
  if (answer?.ok === true) showPaid();
  else replaceForm(NOT_SHOWN_YET, "waiting");
}

function showPaid(): void {
  const status = element("status");
  status.textContent = "Paid";
  status.className = "status paid";
  form.remove();
  paid.hidden = false;
  paid.focus();
  void showReceipt();
}

/** Puts the receipt in the place of the invoice, as soon as our server shows it. */
async function showReceipt(): Promise<void> {
  for (const delay_ms of [0, ...RETRY_AFTER_MS]) {
    await pause(delay_ms);
    const text = await fetch(pageOfInvoice).then(
      (response) => response.text(),
      () => "",
    );
    const receipt = new DOMParser().parseFromString(text, "text/html");
    const shown = receipt.querySelector("main");
    if (shown === null || receipt.getElementById("print") === null) continue;
    document.title = receipt.title;
    document.querySelector("main")?.replaceChildren(...shown.childNodes);
    document.querySelector<HTMLElement>(".notice.done")?.focus();
    return;
  }
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
  if (returned) history.replaceState(null, "", pageOfInvoice);
  let reason = NOT_COMPLETED;
  if (returned && !failed) {
    loading.textContent = "Checking your payment…";
    const answer = await askUntil(({ status }) => status < 500);
    if (answer?.ok === true) return showPaid();
    if (answer === undefined || answer.status >= 500) return replaceForm(STILL_CHECKING, "waiting");
    reason = answer.body.detail ?? reason;
    loading.textContent = "Loading the payment form…";
  }
  await loadForm();
  if (returned && checkout !== undefined) showMessage(reason);
}

form.hidden = false;
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  void checkout?.elements.update({ appearance: appearance() });
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  // A browser may wait for the script's first request instead of sending another one.
  if (!busy && window.Stripe === undefined) return location.reload();
  const ready = checkout;
  if (ready === undefined) void whileBusy("Loading…", loadForm);
  else void whileBusy("Processing…", () => pay(ready));
});
void whileBusy("Loading…", start);
