import { z } from "zod";
import { id } from "../../shared/contracts/contract";
import { customerReference } from "../../shared/contracts/customers";
import { billTo, invoice, invoiceLine, invoiceStatus, type Invoice } from "../../shared/contracts/invoicing";
import { decimalView, showDecimals } from "./decimal-amounts";
import { explanationView, showExplanation } from "./invoice-explanation";
import { customerFilter, NOTHING } from "./customer-references";
import { listQuery, page } from "./lists";
import { ok } from "./replies";
import { route, type Resource } from "./route";

const AMOUNTS = { amount: "amount_minor", refunded: "refunded_minor" } as const;
const LINE_AMOUNTS = { unit_amount: "unit_amount_minor", amount: "amount_minor" } as const;

const invoiceView = decimalView(invoice, AMOUNTS).meta({ id: "Invoice" });
const lineView = decimalView(invoiceLine, LINE_AMOUNTS);
const invoiceWithLines = invoiceView
  .extend({ bill_to: billTo.nullable(), lines: z.array(lineView) })
  .meta({ id: "InvoiceWithLines" });

const show = (found: Invoice) => showDecimals(found, AMOUNTS);

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
      description: "Customers get their own invoices, staff get all.",
      query: listQuery({
        status: invoiceStatus.optional(),
        subscription: id.optional(),
        customer: customerReference.optional(),
      }),
      response: { 200: z.array(invoiceView) },
      handler: async (context) => {
        const filter = await customerFilter(context, context.query);
        if (filter === undefined) return page(context, NOTHING);
        return page(context, await context.call("invoicing.listInvoices", filter), show);
      },
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
