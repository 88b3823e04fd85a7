import { z } from "zod";
import { invalid } from "../../shared/errors";
import { billingRun, invoicing, type BillingRun } from "../../shared/contracts/invoicing";
import {
  currencyCode,
  decimalAmountString,
  formatAmount,
  MoneyError,
  parseAmount,
  sentAmount,
} from "../../shared/money";
import { listQuery, page } from "./lists";
import { accepted, ok } from "./replies";
import { route, type Resource } from "./route";

const amounts = z.record(currencyCode, decimalAmountString);
const sentAmounts = z.record(currencyCode, sentAmount);
const runView = billingRun.extend({ max_total: amounts.nullable() }).meta({ id: "BillingRun" });

const newRun = invoicing.actions.startBillingRun.params.extend({
  max_total: z
    .union([sentAmount, sentAmounts], {
      error:
        'must be an amount in the default currency, such as "1000.00", ' +
        'or amounts by currency, such as {"usd": "1000.00"}',
    })
    .optional()
    .meta({
      description:
        "An amount in the default currency, or amounts by currency. " +
        "A run may issue nothing in other currencies.",
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

/** Billing runs that staff start; the timetable starts the same runs every day. */
export const billingRuns: Resource = {
  name: "billing-runs",
  description: "Runs that issue invoices, mark them as overdue and send reminders.",
  item: "billing run",
  routes: [
    route({
      method: "post",
      path: "/api/billing-runs/",
      operation: "startBillingRun",
      auth: "staff",
      key: "admin",
      idempotent: ["invoicing.startBillingRun"],
      summary: "Start a billing run",
      description:
        "Nothing is billed twice. A run that would issue more than max_count invoices, or more than " +
        "max_total, issues nothing and fails. The Location header has the address of the run.",
      body: newRun,
      response: { 202: runView },
      handler: async ({ call, config, basePath, body: { max_total, ...order } }) => {
        const limits =
          max_total === undefined ? {} : { max_total: readAmounts(max_total, config.defaultCurrency) };
        const run = await call("invoicing.startBillingRun", { ...order, ...limits });
        return accepted(show(run), `${basePath}/api/billing-runs/${run.id}/`);
      },
    }),
    route({
      method: "get",
      path: "/api/billing-runs/",
      operation: "listBillingRuns",
      auth: "staff",
      key: "admin",
      summary: "List billing runs",
      query: listQuery({}),
      response: { 200: z.array(runView) },
      handler: async (context) =>
        page(context, await context.call("invoicing.listBillingRuns", context.query), show),
    }),
    route({
      method: "get",
      path: "/api/billing-runs/{id}/",
      operation: "getBillingRun",
      auth: "staff",
      key: "admin",
      summary: "Get a billing run and its progress",
      response: { 200: runView },
      handler: async ({ call, params }) => ok(show(await call("invoicing.getBillingRun", params))),
    }),
  ],
};
