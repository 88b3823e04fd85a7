import { z } from "zod";
import { pageParams } from "../../shared/contracts/contract";
import {
  billingPreviewSummary,
  previewedInvoice,
  previewPageLimit,
  type BillingPreviewSummary,
  type PreviewedInvoice,
} from "../../shared/contracts/invoicing";
import { decimalAmountString, formatAmount } from "../../shared/money";
import { isoDate } from "../../shared/time";
import { linkToNext, queryLimit } from "./lists";
import { ok } from "./replies";
import { route, type RouteContext, type Reply, type Resource } from "./route";

const signedAmount = z
  .string()
  .meta({ description: "Amount as a decimal string; a minus comes first when it is negative" });

const inMinorUnits = { amount_minor: true, previous_minor: true, difference_minor: true } as const;
const shownFigures = {
  amount: decimalAmountString,
  previous_amount: decimalAmountString,
  difference: signedAmount,
};

const rowView = previewedInvoice
  .omit({ amount_minor: true, previous_minor: true })
  .extend({ amount: decimalAmountString, previous_amount: decimalAmountString.nullable() })
  .meta({ id: "PreviewedInvoice" });
const summaryView = billingPreviewSummary.extend({
  totals: z.array(billingPreviewSummary.shape.totals.element.omit(inMinorUnits).extend(shownFigures)),
  plans: z.array(billingPreviewSummary.shape.plans.element.omit(inMinorUnits).extend(shownFigures)),
});
const previewView = z
  .object({ as_of: isoDate, ...summaryView.partial().shape, rows: z.array(rowView) })
  .meta({
    id: "BillingPreview",
    description: "The first page has the summary and rows; the pages after it have rows only.",
  });

const CSV_COLUMNS = [
  "subscription_id",
  "user_id",
  "plan_id",
  "period_start",
  "period_end",
  "amount",
  "currency",
  "previous_amount",
] as const satisfies (keyof z.infer<typeof rowView>)[];

function showRow({ amount_minor, previous_minor, ...others }: PreviewedInvoice): z.infer<typeof rowView> {
  return {
    ...others,
    amount: formatAmount(amount_minor, others.currency),
    previous_amount: previous_minor === null ? null : formatAmount(previous_minor, others.currency),
  };
}

type Figures = BillingPreviewSummary["totals"][number];

function showFigures<Row extends Figures>({
  amount_minor,
  previous_minor,
  difference_minor,
  ...others
}: Row) {
  return {
    ...others,
    amount: formatAmount(amount_minor, others.currency),
    previous_amount: formatAmount(previous_minor, others.currency),
    difference: formatAmount(difference_minor, others.currency),
  };
}

/**
 * Writes rows as CSV (RFC 4180). Ids, dates, amounts and codes need no quotes, and no spreadsheet takes them
 * for formulas.
 */
function toCsv(rows: z.infer<typeof rowView>[]): string {
  return [
    CSV_COLUMNS.join(","),
    ...rows.map((row) => CSV_COLUMNS.map((column) => row[column] ?? "").join(",")),
    "",
  ].join("\r\n");
}

function csvReply(as_of: string, body: string): Reply {
  const headers = { "content-disposition": `attachment; filename="billing-preview-${as_of}.csv"` };
  return { status: 200, type: "text/csv; charset=utf-8; header=present", body, headers };
}

/** The query decides; without `format` the Accept header: CSV for a client that does not accept JSON. */
function wantsCsv({
  query,
  headers,
}: RouteContext<unknown, { format?: "json" | "csv" | undefined }>): boolean {
  if (query.format !== undefined) return query.format === "csv";
  const accepted = headers["accept"];
  return typeof accepted === "string" && accepted.includes("text/csv") && !accepted.includes("json");
}

/** The preview of a billing run. */
export const billingPreview: Resource = {
  name: "billing-preview",
  item: "billing preview",
  routes: [
    route({
      method: "get",
      path: "/api/billing-preview/",
      auth: "staff",
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
        const rows = items.map(showRow);
        const shown =
          summary === null
            ? {}
            : {
                ...summary,
                totals: summary.totals.map(showFigures),
                plans: summary.plans.map(showFigures),
              };
        const reply = csv ? csvReply(as_of, toCsv(rows)) : ok({ as_of, ...shown, rows });
        return { ...reply, headers: { ...reply.headers, ...linkToNext(context.url, next), vary: "Accept" } };
      },
    }),
  ],
};
