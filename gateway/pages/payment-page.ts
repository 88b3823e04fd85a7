import type { Invoice, InvoiceStatus } from "../../shared/contracts/invoicing";
import { displayAmount } from "../../shared/money";
import { addDays, displayDate } from "../../shared/time";
import { html, Html } from "./html";

/** What the page needs to know of Stripe. */
export interface PageSettings {
  stripe_js_url: string;
  sandbox: boolean;
}

const PAYMENT_RECEIVED = "We have received your payment. Thank you.";
const NOTHING_TO_PAY = "There is nothing to pay for this invoice.";

/**
 * How the page shows each status: its label, and the notice in place of the form; null: the customer can pay.
 * A new status does not compile until it is decided here.
 */
const STATUSES: Record<InvoiceStatus, { label: string; notice: string | null }> = {
  pending: { label: "Due", notice: null },
  overdue: { label: "Overdue", notice: null },
  paid: { label: "Paid", notice: PAYMENT_RECEIVED },
};

/** The page for one invoice: what is owed, and the form to pay it; no form where nothing is left to pay. */
export function invoicePage(invoice: Invoice, { stripe_js_url, sandbox }: PageSettings): string {
  const { number, status } = invoice;
  const { label, notice } = STATUSES[status];
  const payable = notice === null;
  const amount = displayAmount(invoice.amount_minor, invoice.currency);
  const content = html` <h1 class="over-amount">Invoice ${number}</h1>
    <p class="amount">${amount}</p>
    <dl>
      <div>
        <dt>Status</dt>
        <dd><span id="status" class="status ${status}">${label}</span></dd>
      </div>
      <div>
        <dt>Due date</dt>
        <dd>${time(invoice.due_date)}</dd>
      </div>
      <div>
        <dt>Period</dt>
        <dd>${time(invoice.period_start)} – ${time(addDays(invoice.period_end, -1))}</dd>
      </div>
    </dl>
    ${payable ? paymentForm(invoice.id, amount) : doneNotice(invoice.amount_minor, notice)}`;
  const scripts = html` <script src="${stripe_js_url}" defer></script>
    <script src="/api/pay/pay.js" defer></script>`;
  return layout({ title: `Invoice ${number}`, content, sandbox, ...(payable ? { scripts } : {}) });
}

function doneNotice(amountMinor: number, notice: string): Html {
  const text = amountMinor === 0 ? NOTHING_TO_PAY : notice;
  return html`<p class="notice done" role="status">${text}</p>`;
}

interface AskPage {
  /** what is wrong with the ID that was entered */
  problem?: string;
  /** the ID that was entered, to be corrected */
  entered?: string;
  sandbox: boolean;
}

/** The page that asks which invoice to pay. */
export function askPage({ problem, entered = "", sandbox }: AskPage): string {
  const content = html` <h1>Pay an invoice</h1>
    ${problem === undefined ? undefined : html`<p class="notice problem" role="alert">${problem}</p>`}
    <form method="get" action="/api/pay/">
      <label for="invoice">Invoice ID</label>
      <input
        id="invoice"
        name="invoice"
        value="${entered}"
        aria-describedby="invoice-hint"
        required
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        maxlength="100"
      />
      <p class="hint" id="invoice-hint">
        It is the long code at the end of the payment link in our email. You can also simply open that link.
      </p>
      <button type="submit">Show invoice</button>
    </form>`;
  return layout({ title: "Pay an invoice", content, sandbox });
}

/** The page for a time when a service does not answer. */
export function unavailablePage(): string {
  const content = html` <h1>Pay an invoice</h1>
    <p class="notice problem" role="alert">
      We cannot show invoices at the moment. Please try again in a few minutes.
    </p>`;
  return layout({ title: "Not available", content, sandbox: false });
}

/** The form, and the notice that its script shows once the payment has arrived. */
function paymentForm(invoiceId: string, amount: string): Html {
  return html` <form id="payment" data-invoice="${invoiceId}" novalidate>
      <div id="payment-element"><p class="hint">Loading the payment form…</p></div>
      <p id="message" class="notice problem" role="alert" hidden></p>
      <button id="pay" type="submit" data-label="Pay ${amount}" disabled>Pay ${amount}</button>
      <p class="hint">Your card details go directly to Stripe. We never see them.</p>
    </form>
    <p id="paid" class="notice done" role="status" tabindex="-1" hidden>${PAYMENT_RECEIVED}</p>
    <noscript>
      <p class="notice problem">
        Card payments need JavaScript. Please turn it on in your browser and reload this page.
      </p>
    </noscript>`;
}

interface Page {
  title: string;
  content: Html;
  sandbox: boolean;
  scripts?: Html;
}

const SANDBOX_BANNER = html`<p class="banner">
  Sandbox: no real money moves. Pay with 4242 4242 4242 4242.
</p>`;

function layout({ title, content, sandbox, scripts }: Page): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        <link rel="icon" href="/api/pay/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/api/pay/pay.css" />
        ${scripts}
      </head>
      <body>
        ${sandbox ? SANDBOX_BANNER : undefined}
        <main>${content}</main>
      </body>
    </html> `.markup;
}

function time(date: string): Html {
  return html`<time datetime="${date}">${displayDate(date)}</time>`;
}
