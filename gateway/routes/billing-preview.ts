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
import { linkToNext, queryLimit, ok } from "./replies";
import { route, type RouteContext, type Reply, type Resource } from "./route";

const signedAmount = z
  .string()
  .meta({ description: "Amount as a decimal string, negative with a leading minus" });

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
  .meta({ id: "BillingPreview", description: "The first page has it all; those after it, the rows alone." });

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
 * Lines as RFC 4180 has them. Ids, dates, amounts and codes hold nothing that needs quotes, or that a
 * spreadsheet would calculate.
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

/**
 * What the query asks for; without a word there, what the Accept header does: CSV for who takes it and no
 * JSON.
 */
function wantsCsv({
  query,
  headers,
}: RouteContext<unknown, { format?: "json" | "csv" | undefined }>): boolean {
  if (query.format !== undefined) return query.format === "csv";
  const accepted = headers["accept"];
  return typeof accepted === "string" && accepted.includes("text/csv") && !accepted.includes("json");
}

/** What a billing run would do. */
export const billingPreview: Resource = {
  name: "billing-preview",
  item: "billing preview",
  routes: [
    route({
      method: "get",
      path: "/api/billing-preview/",
      auth: "staff",
      summary: "What a billing run as of a day would issue, in all and row by row; nothing is written",
      query: z.strictObject({
        as_of: isoDate.optional(),
        format: z.enum(["json", "csv"]).optional(),
        limit: queryLimit(previewPageLimit).optional(),
        cursor: pageParams.cursor,
      }),
      response: { 200: [previewView, "text/csv"] },
      handler: async (context) => {
        const { format: _, ...asked } = context.query;
        const csv = wantsCsv(context);
        const { as_of, summary, items, next } = await context.call("invoicing.previewBilling", {
          ...asked,
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
