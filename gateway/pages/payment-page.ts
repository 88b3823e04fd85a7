import type { Invoice, InvoiceStatus } from "../../shared/contracts/invoicing";
import { displayAmount } from "../../shared/money";
import { addDays, dayOf, displayDate } from "../../shared/time";
import { html, Html } from "./html";
import { layout, type Site } from "./layout";

/** One line of an invoice, as `invoicing.getInvoice` gives it. */
interface Line {
  description: string;
  quantity: number;
  unit_amount_minor: number;
  amount_minor: number;
}

/** What the page of one invoice shows. */
export interface InvoicePage {
  invoice: Invoice;
  lines: readonly Line[];
  /** the customer's name; undefined for an invoice from before it was kept */
  billTo: string | undefined;
  /** where Stripe.js is */
  stripeJsUrl: string;
  /** the zone of the date of payment */
  timezone: string;
}

const PAYMENT_RECEIVED = "We have received your payment. Thank you.";
const CARD_DETAILS = "Your card details go directly to Stripe. We never see them.";
const TEST_CARD = "Do not enter a real card. Pay with 4242 4242 4242 4242, any future date and any CVC.";
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

/**
 * The page for one invoice: what is owed, and the form to pay it. Where nothing is left to pay, it is the
 * receipt, without a form.
 */
export function invoicePage(page: InvoicePage, site: Site): string {
  const { invoice, lines, billTo, timezone } = page;
  const { number, status, currency, refunded_minor } = invoice;
  const { label, notice } = STATUSES[status];
  const shown = (amountMinor: number) => displayAmount(amountMinor, currency);
  const paidOn = invoice.paid_at === null ? undefined : dayOf(invoice.paid_at, timezone);
  const content = html` <h1 class="over-amount">Invoice ${number}</h1>
    <p class="amount">${shown(invoice.amount_minor)}</p>
    <dl>
      ${row("Status", html`<span id="status" class="status ${status}">${label}</span>`)}
      ${paidOn === undefined || invoice.amount_minor === 0 ? undefined : row("Paid on", time(paidOn))}
      ${refunded_minor === 0 ? undefined : row("Refunded", html`${shown(refunded_minor)}`)}
      ${notice === null ? row("Due date", time(invoice.due_date)) : undefined}
      ${row("Issued on", time(invoice.issue_date))}
      ${row("Period", html`${time(invoice.period_start)} – ${time(addDays(invoice.period_end, -1))}`)}
      ${billTo === undefined ? undefined : row("Billed to", html`${billTo}`)}
    </dl>
    ${lineTable(lines, invoice.amount_minor, shown)}
    ${notice === null ? paymentForm(page, site) : doneNotice(invoice.amount_minor, notice)}`;
  const scripts = html`<script src="${site.basePath}/api/pay/print.js" defer></script>`;
  const payScript = html`<link rel="preconnect" href="${new URL(page.stripeJsUrl).origin}" />
    <script src="${site.basePath}/api/pay/pay.js" defer></script>`;
  const title = notice === null ? `Invoice ${number}` : `Receipt for invoice ${number}`;
  return layout({ title, content, site, scripts: notice === null ? [scripts, payScript] : [scripts] });
}

function row(name: string, value: Html): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

function lineTable(lines: readonly Line[], total: number, shown: (amountMinor: number) => string): Html {
  const rows = lines.map(({ description, quantity, unit_amount_minor, amount_minor }) => {
    const each = quantity === 1 ? "" : ` (${quantity} × ${shown(unit_amount_minor)})`;
    return html`<tr>
      <td>${description}${each}</td>
      <td>${shown(amount_minor)}</td>
    </tr>`;
  });
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Description</th>
        <th scope="col">Amount</th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
    <tfoot>
      <tr>
        <th scope="row">Total</th>
        <td>${shown(total)}</td>
      </tr>
    </tfoot>
  </table>`;
}

function doneNotice(amountMinor: number, notice: string): Html {
  if (amountMinor === 0)
    return html`<p class="notice done" role="status" tabindex="-1">${NOTHING_TO_PAY}</p>`;
  return html`<p class="notice done" role="status" tabindex="-1">${notice}</p>
    <button id="print" class="quiet" type="button">Print or save the receipt</button>`;
}

/**
 * The form, and the notice that its script shows once the payment has arrived. The script shows the form;
 * without it there is nothing to wait for.
 */
function paymentForm({ invoice, stripeJsUrl }: InvoicePage, { basePath, sandbox }: Site): Html {
  const amount = displayAmount(invoice.amount_minor, invoice.currency);
  return html` <form
      id="payment"
      data-invoice="${invoice.id}"
      data-api="${basePath}/api/"
      data-stripe="${stripeJsUrl}"
      novalidate
      hidden
    >
      <p id="loading" class="hint" role="status">Loading the payment form…</p>
      <div id="payment-element" hidden></div>
      <p id="message" class="notice problem" role="alert" hidden></p>
      <button id="pay" type="submit" data-label="Pay ${amount}" aria-disabled="true">Pay ${amount}</button>
      <p class="hint">${sandbox ? TEST_CARD : CARD_DETAILS}</p>
    </form>
    <p id="paid" class="notice done" role="status" tabindex="-1" hidden>${PAYMENT_RECEIVED}</p>
    <noscript>
      <p class="notice problem">
        Card payments need JavaScript. Please turn it on in your browser and reload this page.
      </p>
    </noscript>`;
}

interface AskPage {
  /** what is wrong with the ID that was entered */
  problem?: string;
  /** the ID that was entered, to be corrected */
  entered?: string;
}

/** The page that asks which invoice to pay. */
export function askPage({ problem, entered = "" }: AskPage, site: Site): string {
  const content = html` <h1>Pay an invoice</h1>
    ${problem === undefined ? undefined : html`<p class="notice problem" role="alert">${problem}</p>`}
    <form method="get" action="${site.basePath}/api/pay/">
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
  return layout({ title: "Pay an invoice", content, site });
}

/** The page for a time when a service does not answer. */
export function unavailablePage(site: Site): string {
  const content = html` <h1>Pay an invoice</h1>
    <p class="notice problem" role="alert">
      We cannot show invoices at the moment. Please try again in a few minutes.
    </p>`;
  return layout({ title: "Not available", content, site });
}

function time(date: string): Html {
  return html`<time datetime="${date}">${displayDate(date)}</time>`;
}
