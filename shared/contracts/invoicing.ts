import { z } from "zod";
import { MAX_AMOUNT_MINOR } from "../money";
import {
  action,
  AUDIT_WITHIN_MS,
  auditResult,
  amountMinor,
  currency,
  defineContract,
  exportParams,
  id,
  instant,
  isoDate,
  metadata,
  pageOf,
  pageParams,
  textLine,
} from "./contract";
import { address } from "./customers";
import { delivery } from "./notifications";
import { paymentHistory } from "./payments";
import { subscriptionStatus } from "./subscriptions";

export const invoiceStatus = z.enum(["pending", "paid", "overdue"]);
export type InvoiceStatus = z.infer<typeof invoiceStatus>;

const invoiceFields = {
  id,
  number: z.string().meta({ description: "gapless, like INV-00000042" }),
  subscription: id,
  customer: id,
  plan: id,
  period_start: isoDate,
  period_end: isoDate,
  amount_minor: amountMinor,
  currency,
  issue_date: isoDate,
  due_date: isoDate,
};

export const invoiceLine = z.object({
  item: z.string().nullable().meta({ description: "the subscription's item that the line bills" }),
  charge: id.nullable().meta({ description: "the one-off charge that the line bills" }),
  description: z.string(),
  period_start: isoDate.nullable(),
  period_end: isoDate.nullable().meta({ description: "the day after the last one that the line bills" }),
  quantity: z.int(),
  unit_amount_minor: amountMinor,
  discount_minor: amountMinor,
  amount_minor: amountMinor,
});
export const invoice = z.object({
  ...invoiceFields,
  user: id.nullable().meta({ description: "the user who signed up as this customer" }),
  subtotal_minor: amountMinor.meta({ description: "the sum of the lines" }),
  discount_minor: amountMinor,
  tax_minor: amountMinor,
  status: invoiceStatus,
  paid_at: instant.nullable(),
  credited_minor: amountMinor,
  paid_minor: amountMinor,
  due_minor: amountMinor.meta({ description: "what is left to pay" }),
  refunded_minor: amountMinor,
  disputed_at: instant.nullable(),
  metadata: metadata.meta({ description: "that of the subscription, at the issue" }),
});
export type Invoice = z.infer<typeof invoice>;

/** Whom an invoice was billed to, as it stood at its issue. */
export const billTo = z.object({
  name: z.string(),
  email: z.string().nullable(),
  address: address.nullable(),
  vat_id: z.string().nullable(),
});
export type BillTo = z.infer<typeof billTo>;

/** An invoice with all that stands on it. */
export const fullInvoice = z.object({
  ...invoice.shape,
  bill_to: billTo.nullable(),
  lines: z.array(invoiceLine),
});
export type FullInvoice = z.infer<typeof fullInvoice>;

/** What a customer owes once, besides the periods of subscriptions. */
export const charge = z.object({
  id,
  customer: id,
  description: z.string(),
  quantity: z.int().positive(),
  unit_amount_minor: amountMinor,
  amount_minor: amountMinor,
  currency,
  created_at: instant,
  invoice: id.nullable().meta({ description: "null while it waits for the next invoice" }),
});
export type Charge = z.infer<typeof charge>;

/** Why an invoice exists, and what has happened to it since. */
export const explanation = z.object({
  invoice,
  because: z.array(z.string()).meta({ description: "the explanation in sentences" }),
  subscription: z.object({
    id,
    status: subscriptionStatus,
    plan: id,
    plan_name: z.string().nullable(),
    subscribed_at: instant.nullable(),
    start_date: isoDate,
    end_date: isoDate.nullable(),
  }),
  period: z
    .object({
      index: z.int(),
      anchor: isoDate.nullable(),
      step: z.string().nullable(),
      start: isoDate,
      end: isoDate,
    })
    .meta({ description: "start is anchor + index × step, end is anchor + (index + 1) × step" }),
  prices: z
    .array(z.object({ item: z.string(), amount_minor: amountMinor, currency, effective_from: instant }))
    .meta({ description: "of one unit, for each line" }),
  issued_by: z.enum(["timetable", "staff", "subscription"]),
  run: z
    .object({
      id,
      as_of: isoDate,
      event_id: id.nullable(),
      created_at: instant,
      finished_at: instant.nullable(),
    })
    .nullable()
    .meta({ description: "null for an invoice that was issued at once with its subscription" }),
  ...paymentHistory.shape,
  deliveries: z.array(delivery),
});
export type Explanation = z.infer<typeof explanation>;

/** The results of all checks of all services. */
export const auditReport = z
  .object({ clean: z.boolean(), findings: z.int(), took_ms: z.int(), checks: z.array(auditResult) })
  .meta({ id: "AuditReport" });
export type AuditReport = z.infer<typeof auditReport>;

export const billingRunKind = z.enum(["generate_invoices", "mark_overdue", "send_reminders"]);
export const maxCount = z.int().min(0).max(2_147_483_647);
/** Minor units by currency. */
const amounts = z.record(currency, amountMinor);
export const billingRunStatus = z.enum(["queued", "running", "done", "failed"]);
export const billingRun = z.object({
  id,
  kind: billingRunKind,
  as_of: isoDate,
  status: billingRunStatus,
  counts: z.record(z.string(), z.int()).meta({
    description:
      "due: the periods to be billed, counted at the start; " +
      "issued, parked, marked, reminded: what was done so far " +
      "(a parked subscription counts once, even if several of its periods are due)",
  }),
  max_count: z.int().nullable(),
  max_total: amounts.nullable(),
  error: z.string().nullable(),
  created_at: instant,
  started_at: instant.nullable(),
  finished_at: instant.nullable(),
  rate: z.number().nullable().meta({ description: "invoices issued per second since the start" }),
  estimated_finish: instant
    .nullable()
    .meta({ description: "while invoices are being issued: the finish at the current rate" }),
});
export type BillingRun = z.infer<typeof billingRun>;

/** Totals of previewed invoices, and what their subscriptions were last billed, each once; in minor units. */
const previewFigures = {
  currency,
  count: z.int().nonnegative(),
  amount_minor: amountMinor,
  previous_minor: amountMinor,
  difference_minor: z.int(),
};
export const billingPreviewSummary = z.object({
  count: z.int().nonnegative(),
  totals: z.array(z.object(previewFigures)),
  plans: z.array(z.object({ plan: id, plan_name: z.string().nullable(), ...previewFigures })),
  /** subscriptions that a run would park */
  parked: z.array(z.object({ reason: z.string(), count: z.int().positive() })),
  /** why the preview is empty; null when it is not */
  detail: z.string().nullable(),
});
export type BillingPreviewSummary = z.infer<typeof billingPreviewSummary>;
export const previewedInvoice = z.object({
  subscription: id,
  customer: id,
  plan: id,
  period_start: isoDate,
  period_end: isoDate,
  amount_minor: amountMinor,
  currency,
  /** what the subscription was last billed; null when it never was */
  previous_minor: amountMinor.nullable(),
});
export type PreviewedInvoice = z.infer<typeof previewedInvoice>;
/** A preview has larger pages than other lists: 1000 rows are a third of the largest NATS message. */
export const previewPageLimit = z.int().min(1).max(1000).default(50);

const invoiceFact = z.object({
  ...invoiceFields,
  status: invoiceStatus,
  metadata: metadata.optional(),
});

export const invoicing = defineContract("invoicing", {
  feedReaders: ["notifications"],
  actions: {
    listInvoices: action(
      "user",
      z.strictObject({
        ...exportParams,
        status: invoiceStatus.optional(),
        subscription: id.optional(),
        customer: id.optional(),
        plan: id.optional(),
        number: z.string().max(40).optional(),
        issued_from: isoDate.optional(),
        issued_to: isoDate.optional().meta({ description: "that day included" }),
      }),
      pageOf(invoice),
      { key: "read" },
    ),
    /** The gateway shows an invoice to whoever has its id: it is random, and comes with the payment link. */
    getInvoice: action(["user", "gateway", "notifications"], z.strictObject({ id }), fullInvoice, {
      key: "read",
    }),
    /** For the export of a customer: its invoices, by their numbers. Nothing for an unknown customer. */
    exportInvoices: action("staff", z.strictObject({ customer: id, ...pageParams }), pageOf(fullInvoice), {
      key: "admin",
    }),
    /**
     * An invoice for anyone who has its id: the id is random, so that it can be paid by a link. A signed-in
     * caller must still be its owner or staff.
     */
    getPayableInvoice: action(["anyone", "payments"], z.strictObject({ id }), invoice),
    /** Queues a run. `max_count` and `max_total` (minor units by currency) limit what it may issue. */
    startBillingRun: action(
      "staff",
      z.strictObject({
        kind: billingRunKind,
        as_of: isoDate.optional(),
        max_count: maxCount.optional(),
        max_total: amounts.optional(),
      }),
      billingRun,
      { key: "admin", idempotency: "transaction" },
    ),
    /**
     * What a run as of a day would issue; nothing is written. The first page has the summary, unless
     * `summary` is false.
     */
    previewBilling: action(
      "staff",
      z.strictObject({
        as_of: isoDate.optional(),
        limit: previewPageLimit,
        cursor: pageParams.cursor,
        summary: z.boolean().default(true),
      }),
      z.object({
        as_of: isoDate,
        summary: billingPreviewSummary.nullable(),
        ...pageOf(previewedInvoice).shape,
      }),
      { timeout_ms: 120_000, key: "admin" },
    ),
    listBillingRuns: action("staff", z.strictObject({ ...pageParams }), pageOf(billingRun), { key: "admin" }),
    getBillingRun: action("staff", z.strictObject({ id }), billingRun, { key: "admin" }),
    /** Keeps a charge for the customer's next invoice in its currency, by default the configured one. */
    createCharge: action(
      "staff",
      z.strictObject({
        customer: id,
        description: textLine(200),
        quantity: z.int().min(1).max(1_000_000).default(1),
        unit_amount_minor: z.int().min(1).max(MAX_AMOUNT_MINOR),
        currency: currency.optional(),
      }),
      charge,
      { key: "write", idempotency: "transaction" },
    ),
    listCharges: action(
      "user",
      z.strictObject({ customer: id, waiting: z.boolean().default(false), ...pageParams }),
      pageOf(charge),
      { key: "read" },
    ),
    deleteCharge: action("staff", z.strictObject({ customer: id, id }), z.null(), { key: "write" }),
    /** Explains an invoice: its subscription, period, price and run, and its payments, webhooks and mails. */
    explainInvoice: action("user", z.strictObject({ id }), explanation, { key: "read" }),
    /** Audits all services, each by itself and then against each other; all must be running. */
    auditBooks: action("staff", z.strictObject({}), auditReport, {
      timeout_ms: AUDIT_WITHIN_MS,
      key: "admin",
    }),
    /** Unpaid invoices that are due between two days, both included, in id order; for reminders. */
    listUnpaid: action(
      ["notifications"],
      z.strictObject({
        due_from: isoDate,
        due_to: isoDate,
        after: id.optional(),
        limit: z.int().min(1).max(2000).default(1000),
      }),
      z.array(invoice),
    ),
  },
  events: {
    "invoice.issued": invoiceFact,
    "invoice.overdue": invoiceFact,
    "invoice.paid": z.object({ ...invoiceFact.shape, paid_at: instant, payment_id: id.nullable() }),
    /** Staff started a run for reminders; notifications answers with `reminders.planned`. */
    "billing_run.reminders_requested": z.object({ run_id: id, as_of: isoDate }),
    "billing_run.finished": z.object({
      id,
      kind: billingRunKind,
      as_of: isoDate,
      status: billingRunStatus,
      counts: z.record(z.string(), z.int()),
    }),
  },
});
