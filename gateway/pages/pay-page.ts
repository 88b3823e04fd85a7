import type { Invoice } from "../../shared/contracts/invoicing";
import { displayAmount } from "../../shared/money";
import { addDays, displayDate } from "../../shared/time";
import { html, Html } from "./html";

/** What the page needs to let somebody pay. */
export interface PageSettings {
  stripe_js_url: string;
  sandbox: boolean;
}

const PAID = html`<p class="notice done" role="status">This invoice is paid. Thank you.</p>`;
const STATES: Record<Invoice["status"], string> = { pending: "Due", overdue: "Overdue", paid: "Paid" };

/** The page for one invoice: what is owed and, until it is paid, the form to pay it with. */
export function invoicePage(invoice: Invoice, settings: PageSettings): string {
  const amount = displayAmount(invoice.amount_minor, invoice.currency);
  const scripts = html` <script src="${settings.stripe_js_url}" defer></script>
    <script src="/api/pay/pay.js" defer></script>`;
  const { status } = invoice;
  const paid = status === "paid";
  const content = html` <h1>Invoice ${invoice.number}</h1>
    <p class="amount">${amount}</p>
    <dl>
      <div>
        <dt>Status</dt>
        <dd><span id="status" class="status ${status}">${STATES[status]}</span></dd>
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
    ${paid ? PAID : paymentForm(invoice.id, amount)}`;
  return layout({
    title: `Invoice ${invoice.number}`,
    content,
    sandbox: settings.sandbox,
    ...(paid ? {} : { scripts }),
  });
}

interface Asked {
  /** what is wrong with the id that was entered */
  problem?: string;
  /** the id that was entered, to be corrected */
  entered?: string;
  sandbox: boolean;
}

/** The page for whoever has no invoice to show yet. */
export function askPage({ problem, entered = "", sandbox }: Asked): string {
  const content = html` <h1>Pay an invoice</h1>
    ${problem === undefined ? undefined : html`<p class="notice problem" role="alert">${problem}</p>`}
    <form method="get" action="/api/pay/">
      <label for="invoice">Invoice id</label>
      <input
        id="invoice"
        name="invoice"
        value="${entered}"
        placeholder="00000000-0000-0000-0000-000000000000"
        required
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        maxlength="100"
      />
      <p class="hint">You find it in the mail about your invoice; the link there brings you right to it.</p>
      <button type="submit">Show invoice</button>
    </form>`;
  return layout({ title: "Pay an invoice", content, sandbox });
}

/** The page for when the system cannot answer. */
export function unavailablePage(): string {
  const content = html` <h1>Pay an invoice</h1>
    <p class="notice problem" role="alert">
      We cannot show invoices at the moment. Please try again in a few minutes.
    </p>`;
  return layout({ title: "Not available", content, sandbox: false });
}

function paymentForm(invoiceId: string, amount: string): Html {
  return html` <form id="payment" data-invoice="${invoiceId}" novalidate>
      <div id="payment-element"><p class="hint">Loading the payment form…</p></div>
      <p id="message" class="notice problem" role="alert" hidden></p>
      <button id="pay" type="submit" data-label="Pay ${amount}" disabled>Pay ${amount}</button>
      <p class="hint">Your card details go straight to Stripe; we never see them.</p>
    </form>
    <noscript>
      <p class="notice problem">
        Paying by card needs JavaScript. Please enable it and load this page again.
      </p>
    </noscript>`;
}

interface Page {
  title: string;
  content: Html;
  sandbox: boolean;
  scripts?: Html;
}

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
        ${sandbox ? html`<p class="banner">Sandbox: no real money. Try 4242 4242 4242 4242.</p>` : undefined}
        <main>${content}</main>
      </body>
    </html> `.markup;
}

function time(date: string): Html {
  return html`<time datetime="${date}">${displayDate(date)}</time>`;
}
