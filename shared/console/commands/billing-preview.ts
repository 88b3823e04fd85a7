import type { BillingPreviewSummary } from "../../contracts/invoicing";
import { formatAmount } from "../../money";
import { columns } from "../columns";
import { type CommandContext, UsageError } from "../command";

/** Shows what a billing run for a day would issue. @throws UsageError */
export async function showPreview(
  { call, print }: CommandContext,
  [as_of, ...rest]: string[],
): Promise<void> {
  if (rest.length > 0) throw new UsageError("Usage: billing preview [YYYY-MM-DD]");
  const preview = await call("invoicing.previewBilling", {
    limit: 1,
    ...(as_of === undefined ? {} : { as_of }),
  });
  if (preview.summary === null) throw new Error("the preview has no summary");
  const { count } = preview.summary;
  print(`A billing run as of ${preview.as_of} would issue ${count} ${count === 1 ? "invoice" : "invoices"}.`);
  for (const line of describePreview(preview.summary)) print(line);
}

function describePreview({ totals, plans, parked, detail }: BillingPreviewSummary): string[] {
  const heads = ["currency", "invoices", "amount", "last billed", "difference"];
  const table = (rows: string[][]) => columns(rows).map((line) => `  ${line}`);
  return [
    ...(detail === null ? [] : [detail]),
    ...(totals.length === 0 ? [] : ["Total", ...table([heads, ...totals.map(figures)])]),
    ...(plans.length === 0
      ? []
      : [
          "By plan",
          ...table([
            ["plan", ...heads],
            ...plans.map((each) => [each.plan_name ?? each.plan, ...figures(each)]),
          ]),
        ]),
    ...(parked.length === 0
      ? []
      : [
          "Cannot be billed",
          ...table([
            ["subscriptions", "reason"],
            ...parked.map(({ count, reason }) => [String(count), reason]),
          ]),
        ]),
  ];
}

function figures({
  currency,
  count,
  amount_minor,
  previous_minor,
  difference_minor,
}: BillingPreviewSummary["totals"][number]): string[] {
  const sign = difference_minor > 0 ? "+" : "";
  return [
    currency,
    String(count),
    formatAmount(amount_minor, currency),
    formatAmount(previous_minor, currency),
    `${sign}${formatAmount(difference_minor, currency)}`,
  ];
}
