import { z } from "zod";
import { charge, invoicing, type Charge } from "../../shared/contracts/invoicing";
import { invalid } from "../../shared/errors";
import { isCurrency, MoneyError, parseAmount, sentAmount } from "../../shared/money";
import { customerId } from "./customer-references";
import { decimalView, namedAsSent, showDecimals } from "./decimal-amounts";
import { flag, listQuery, page } from "./lists";
import { created, noContent } from "./replies";
import { route, type Resource } from "./route";

const AMOUNTS = { unit_amount: "unit_amount_minor", amount: "amount_minor" } as const;
const chargeView = decimalView(charge, AMOUNTS).meta({ id: "Charge" });
const show = (found: Charge) => showDecimals(found, AMOUNTS);

/** `amount` is short for one unit of that price. */
const newCharge = invoicing.actions.createCharge.params
  .omit({ customer: true, unit_amount_minor: true })
  .extend({ amount: sentAmount.optional(), unit_amount: sentAmount.optional() })
  .extend({ quantity: z.int().min(1).max(1_000_000).optional() });

/** The price of one unit in minor units. @throws BillingError 400 naming the field */
function readUnitAmount({ amount, unit_amount, quantity }: z.infer<typeof newCharge>, currency: string) {
  const field = amount === undefined ? "unit_amount" : "amount";
  const text = amount ?? unit_amount;
  if (text === undefined) throw invalid({ field: "amount", message: "is required, or unit_amount instead" });
  if (amount !== undefined && unit_amount !== undefined)
    throw invalid({ field: "unit_amount", message: "cannot be given beside amount" });
  if (amount !== undefined && quantity !== undefined)
    throw invalid({ field: "quantity", message: "needs unit_amount instead of amount" });
  if (!isCurrency(currency))
    throw invalid({ field: "currency", message: "must be an ISO 4217 currency code, such as usd" });
  try {
    return { field, unit_amount_minor: parseAmount(text, currency) };
  } catch (error) {
    if (error instanceof MoneyError) throw invalid({ field, message: error.message });
    throw error;
  }
}

/** What customers owe once, on their next invoice. */
export const charges: Resource = {
  name: "charges",
  description: "What a customer owes once, besides its subscriptions, on its next invoice.",
  item: "charge",
  routes: [
    route({
      method: "get",
      path: "/api/customers/{customer}/charges/",
      operation: "listCharges",
      auth: "user",
      key: "read",
      summary: "List a customer's one-off charges",
      query: listQuery({ waiting: flag.optional() }),
      response: { 200: z.array(chargeView) },
      handler: async (context) => {
        const customer = await customerId(context.call, context.params.customer);
        const found = await context.call("invoicing.listCharges", { ...context.query, customer });
        return page(context, found, show);
      },
    }),
    route({
      method: "post",
      path: "/api/customers/{customer}/charges/",
      operation: "createCharge",
      auth: "staff",
      key: "write",
      idempotent: ["invoicing.createCharge"],
      summary: "Charge a customer once, on the next invoice",
      description: "The customer's next invoice in the currency gets a line for it.",
      body: newCharge,
      response: { 201: chargeView },
      handler: async ({ call, config, params, body }) => {
        const { description, quantity, currency = config.defaultCurrency } = body;
        const { field, unit_amount_minor } = readUnitAmount(body, currency);
        const customer = await customerId(call, params.customer);
        const terms = { customer, description, quantity, unit_amount_minor, currency };
        const creating = call("invoicing.createCharge", terms);
        return created(show(await namedAsSent({ [field]: "unit_amount_minor" }, creating)));
      },
    }),
    route({
      method: "delete",
      path: "/api/customers/{customer}/charges/{id}/",
      operation: "deleteCharge",
      auth: "staff",
      key: "write",
      summary: "Take back a charge that waits",
      response: { 204: null },
      handler: async ({ call, params: { id, customer } }) => {
        await call("invoicing.deleteCharge", { id, customer: await customerId(call, customer) });
        return noContent();
      },
    }),
  ],
};
