import { z } from "zod";
import { pageParams } from "../../shared/contracts/contract";
import {
  billingPreviewSummary,
  previewedInvoice,
  previewPageLimit,
  type BillingPreviewSummary,
} from "../../shared/contracts/invoicing";
import { isoDate } from "../../shared/time";
import { csvLines, csvReply, wantsCsv } from "./csv";
import { decimalView, showDecimals } from "./decimal-amounts";
import { linkToNext, queryLimit } from "./lists";
import { ok } from "./replies";
import { route, type Resource } from "./route";

const ROW_AMOUNTS = { amount: "amount_minor", previous_amount: "previous_minor" } as const;
const TOTAL_AMOUNTS = { ...ROW_AMOUNTS, difference: "difference_minor" } as const;

const rowView = decimalView(previewedInvoice, ROW_AMOUNTS).meta({ id: "PreviewedInvoice" });
const summaryView = billingPreviewSummary.extend({
  totals: z.array(decimalView(billingPreviewSummary.shape.totals.element, TOTAL_AMOUNTS)),
  plans: z.array(decimalView(billingPreviewSummary.shape.plans.element, TOTAL_AMOUNTS)),
});
const previewView = z
  .object({ as_of: isoDate, ...summaryView.partial().shape, rows: z.array(rowView) })
  .meta({
    id: "BillingPreview",
    description: "The first page has the summary and rows; the pages after it have rows only.",
  });

const CSV_COLUMNS = [
  "subscription",
  "customer",
  "plan",
  "period_start",
  "period_end",
  "amount",
  "currency",
  "previous_amount",
] as const satisfies (keyof z.infer<typeof rowView>)[];

function showSummary({ totals, plans, ...others }: BillingPreviewSummary) {
  return {
    ...others,
    totals: totals.map((each) => showDecimals(each, TOTAL_AMOUNTS)),
    plans: plans.map((each) => showDecimals(each, TOTAL_AMOUNTS)),
  };
}

function toCsv(rows: z.infer<typeof rowView>[]): string {
  return csvLines([CSV_COLUMNS, ...rows.map((row) => CSV_COLUMNS.map((column) => row[column]))]);
}

/** The preview of a billing run. */
export const billingPreview: Resource = {
  name: "billing-preview",
  description: "What a billing run would issue.",
  item: "billing preview",
  routes: [
    route({
      method: "get",
      path: "/api/billing-preview/",
      operation: "previewBilling",
      auth: "staff",
      key: "admin",
      summary: "Preview a billing run",
      description:
        "What a run for the day as_of would issue: totals and one row for each invoice. Nothing is written.",
      query: z.strictObject({
        as_of: isoDate.optional(),
        format: z.enum(["json", "csv"]).optional(),
        limit: queryLimit(previewPageLimit).optional(),
        cursor: pageParams.cursor,
      }),
      response: { 200: [previewView, "text/csv"] },
      handler: async (context) => {
        const { format: _, ...params } = context.query;
        const csv = wantsCsv(context);
        const { as_of, summary, items, next } = await context.call("invoicing.previewBilling", {
          ...params,
          summary: !csv,
        });
        const rows = items.map((item) => showDecimals(item, ROW_AMOUNTS));
        const shown = summary === null ? {} : showSummary(summary);
        const reply = csv ? csvReply(`billing-preview-${as_of}`, toCsv(rows)) : ok({ as_of, ...shown, rows });
        return { ...reply, headers: { ...reply.headers, ...linkToNext(context.url, next), vary: "Accept" } };
      },
    }),
  ],
};
