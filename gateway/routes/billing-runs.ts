import { z } from "zod";
import { invalid } from "../../shared/errors";
import { billingRun, invoicing, type BillingRun } from "../../shared/contracts/invoicing";
import { currencyCode, decimalAmountString, formatAmount, MoneyError, parseAmount } from "../../shared/money";
import { accepted, listQuery, ok, page } from "./replies";
import { route, type Resource } from "./route";

const amounts = z.record(currencyCode, decimalAmountString);
const runView = billingRun.extend({ max_total: amounts.nullable() }).meta({ id: "BillingRun" });

const newRun = invoicing.actions.startBillingRun.params.extend({
  max_total: z
    .union([decimalAmountString, amounts], {
      error:
        'must be an amount of the default currency, such as "1000.00", or amounts by currency, such as {"usd": "1000.00"}',
    })
    .optional()
    .meta({
      description:
        "An amount of the default currency, or amounts by currency. Nothing of any other currency may be issued.",
    }),
});

function show({ max_total, ...others }: BillingRun): z.infer<typeof runView> {
  const shown = Object.entries(max_total ?? {}).map(([currency, amount]) => [
    currency,
    formatAmount(amount, currency),
  ]);
  return {
    ...others,
    max_total: max_total === null ? null : (Object.fromEntries(shown) as Record<string, string>),
  };
}

/** Amounts by currency, in minor units. @throws BillingError 400 naming `max_total` */
function readAmounts(
  given: string | Record<string, string>,
  defaultCurrency: string,
): Record<string, number> {
  const byCurrency = typeof given === "string" ? { [defaultCurrency]: given } : given;
  try {
    return Object.fromEntries(
      Object.entries(byCurrency).map(([currency, text]) => [currency, parseAmount(text, currency)]),
    );
  } catch (error) {
    if (error instanceof MoneyError) throw invalid({ field: "max_total", message: error.message });
    throw error;
  }
}

/** Billing by hand; the timetable does the same by itself every day. */
export const billingRuns: Resource = {
  name: "billing-runs",
  item: "billing run",
  routes: [
    route({
      method: "post",
      path: "/api/billing-runs/",
      auth: "staff",
      summary:
        "Start a billing run; what is billed already is not billed again, and nothing at all beyond max_count or max_total",
      body: newRun,
      response: { 202: runView },
      handler: async ({ call, config, body: { max_total, ...order } }) => {
        const limits =
          max_total === undefined ? {} : { max_total: readAmounts(max_total, config.defaultCurrency) };
        const run = await call("invoicing.startBillingRun", { ...order, ...limits });
        return accepted(show(run), `/api/billing-runs/${run.id}/`);
      },
    }),
    route({
      method: "get",
      path: "/api/billing-runs/",
      auth: "staff",
      summary: "List billing runs",
      query: listQuery({}),
      response: { 200: z.array(runView) },
      handler: async (context) =>
        page(context, await context.call("invoicing.listBillingRuns", context.query), show),
    }),
    route({
      method: "get",
      path: "/api/billing-runs/{id}/",
      auth: "staff",
      summary: "One billing run and how far it is",
      response: { 200: runView },
      handler: async ({ call, params }) => ok(show(await call("invoicing.getBillingRun", params))),
    }),
  ],
};
