import { z } from "zod";
import { id, isoDate } from "../../shared/contracts/contract";
import { customerReference } from "../../shared/contracts/customers";
import { billTo, invoice, invoiceLine, invoiceStatus, type Invoice } from "../../shared/contracts/invoicing";
import { INVOICE_AMOUNTS, LINE_AMOUNTS } from "./invoice-amounts";
import { decimalView, showDecimals } from "./decimal-amounts";
import { explanationView, showExplanation } from "./invoice-explanation";
import { customerFilter } from "./customer-references";
import { exportQuery, list } from "./lists";
import { ok } from "./replies";
import { route, type Resource } from "./route";

const invoiceView = decimalView(invoice, INVOICE_AMOUNTS).meta({ id: "Invoice" });
const lineView = decimalView(invoiceLine, LINE_AMOUNTS);
const invoiceWithLines = invoiceView
  .extend({ bill_to: billTo.nullable(), lines: z.array(lineView) })
  .meta({ id: "InvoiceWithLines" });

/** In CSV the number comes first, and the amounts stand beside their currency. */
const CSV_COLUMNS =
  "number,status,customer,amount,currency,subtotal,discount,tax,credited,paid,due,refunded,issue_date,due_date,paid_at,disputed_at,period_start,period_end,subscription,plan,id,metadata".split(
    ",",
  );

const show = (found: Invoice) => showDecimals(found, INVOICE_AMOUNTS);

/** Invoices, read-only: billing runs issue them, payments settle them. */
export const invoices: Resource = {
  name: "invoices",
  description: "Invoices, read-only: billing runs issue them, payments settle them.",
  item: "invoice",
  alsoWithoutPrefix: true,
  routes: [
    route({
      method: "get",
      path: "/api/invoices/",
      operation: "listInvoices",
      auth: "user",
      key: "read",
      summary: "List invoices",
      description: "Customers get their own invoices, staff get all. As CSV, all pages are in one answer.",
      query: exportQuery({
        status: invoiceStatus.optional(),
        subscription: id.optional(),
        customer: customerReference.optional(),
        plan: id.optional(),
        number: z.string().max(40).optional(),
        issued_from: isoDate.optional(),
        issued_to: isoDate.optional().meta({ description: "that day included" }),
      }),
      response: { 200: [z.array(invoiceView), "text/csv"] },
      handler: async (context) =>
        list(context, {
          name: "invoices",
          columns: CSV_COLUMNS,
          query: await customerFilter(context, context.query),
          read: (query) => context.call("invoicing.listInvoices", query),
          show,
        }),
    }),
    route({
      method: "get",
      path: "/api/invoices/{id}/",
      operation: "getInvoice",
      auth: "user",
      key: "read",
      summary: "Get an invoice with its lines",
      response: { 200: invoiceWithLines },
      handler: async ({ call, params }) => {
        const { lines, bill_to, ...found } = await call("invoicing.getInvoice", params);
        return ok({
          ...show(found),
          bill_to,
          lines: lines.map((line) => showDecimals(line, LINE_AMOUNTS, found.currency)),
        });
      },
    }),
    route({
      method: "get",
      path: "/api/invoices/{id}/explain/",
      operation: "explainInvoice",
      auth: "user",
      key: "read",
      summary: "Explain an invoice",
      description:
        "Its subscription, period, price and billing run, and its payments, webhooks and emails so far.",
      response: { 200: explanationView(invoiceView) },
      handler: async ({ call, params }) =>
        ok(showExplanation(await call("invoicing.explainInvoice", params), show)),
    }),
  ],
};
