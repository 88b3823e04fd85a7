import { z } from "zod";
import { invalid } from "../../shared/errors";
import {
  catalog,
  changedPlan,
  component,
  plan,
  type ChangedPlan,
  type Component,
  type Plan,
} from "../../shared/contracts/catalog";
import { formatAmount, isCurrency, MoneyError, parseAmount, sentAmount } from "../../shared/money";
import { decimalView, namedAsSent, showDecimals } from "./decimal-amounts";
import { withoutFixed } from "./fixed-fields";
import { flag, listQuery, page } from "./lists";
import { created, noContent, ok } from "./replies";
import { route, type Resource } from "./route";

const AMOUNTS = { price: "amount_minor" } as const;
const components = { components: z.array(decimalView(component, AMOUNTS)) };
const planView = decimalView(plan, AMOUNTS).extend(components).meta({ id: "Plan" });

const sentComponent = z.strictObject({ ...component.omit({ amount_minor: true }).shape, price: sentAmount });
const sentComponents = z.array(sentComponent);
const newPlan = catalog.actions.createPlan.params
  .omit({ amount_minor: true })
  .extend({ price: sentAmount, components: sentComponents.optional() });

const somePlan = z
  .strictObject({ ...planView.shape, price: sentAmount, components: sentComponents })
  .partial();
/** A client of older versions knows a plan by its name and price alone; the other fields stay as they are. */
const wholePlan = somePlan.required({ name: true, price: true });

const MAX_PRICE_MINOR = plan.shape.amount_minor.maxValue ?? Number.MAX_SAFE_INTEGER;

/** What cannot change, because customers have subscribed on these terms. */
const FIXED_TERMS = ["product", "currency", "interval", "interval_count"] as const;

const changedView = decimalView(changedPlan, AMOUNTS).extend(components).meta({ id: "ChangedPlan" });
const showComponents = ({ components: all, currency }: Plan) =>
  all.map((one) => showDecimals(one, AMOUNTS, currency));
const showChanged = (changed: ChangedPlan) => ({
  ...showDecimals(changed, AMOUNTS),
  components: showComponents(changed),
});
const show = (found: Plan) => ({ ...showDecimals(found, AMOUNTS), components: showComponents(found) });

/** Gives the price in minor units. @throws BillingError 400 naming the price (`field`) or the currency */
function readPrice(price: string, currency: string, field = "price"): number {
  if (!isCurrency(currency))
    throw invalid({ field: "currency", message: "must be an ISO 4217 currency code, such as usd" });
  const amountMinor = parsedAmount(price, currency, field);
  if (plan.shape.amount_minor.safeParse(amountMinor).success) return amountMinor;
  throw invalid({ field, message: `must be at most ${formatAmount(MAX_PRICE_MINOR, currency)}` });
}

function parsedAmount(price: string, currency: string, field: string): number {
  try {
    return parseAmount(price, currency);
  } catch (error) {
    if (error instanceof MoneyError) throw invalid({ field, message: error.message });
    throw error;
  }
}

/** Components with their prices in minor units. @throws BillingError 400 naming `components.0.price` */
const readComponents = (all: z.infer<typeof sentComponents>, currency: string): Component[] =>
  all.map(({ price, ...fields }, index) => ({
    ...fields,
    amount_minor: readPrice(price, currency, `components.${index}.price`),
  }));

/**
 * Gives the changes that a PUT or PATCH makes to a plan.
 * @throws BillingError 400 naming the fields that cannot be changed
 */
function readChanges(body: z.infer<typeof somePlan>, present: Plan) {
  const terms = withoutFixed(body, present, ["id", "archived_at"]);
  const {
    price,
    components: parts,
    ...changes
  } = withoutFixed(terms, present, FIXED_TERMS, "cannot be changed; create a new plan");
  return {
    ...changes,
    ...(price === undefined ? {} : { amount_minor: readPrice(price, present.currency) }),
    ...(parts === undefined ? {} : { components: readComponents(parts, present.currency) }),
  };
}

/** The plans that customers can subscribe to. */
export const plans: Resource = {
  name: "plans",
  description: "The plans that customers can subscribe to.",
  item: "plan",
  alsoWithoutPrefix: true,
  routes: [
    route({
      method: "get",
      path: "/api/plans/",
      operation: "listPlans",
      auth: "user",
      key: "read",
      summary: "List plans",
      description: "Staff may ask for archived plans too, with archived=true.",
      query: listQuery({ archived: flag.optional() }),
      response: { 200: z.array(planView) },
      handler: async (context) => page(context, await context.call("catalog.listPlans", context.query), show),
    }),
    route({
      method: "get",
      path: "/api/plans/{id}/",
      operation: "getPlan",
      auth: "user",
      key: "read",
      summary: "Get a plan",
      response: { 200: planView },
      handler: async ({ call, params }) => ok(show(await call("catalog.getPlan", { plan: params.id }))),
    }),
    route({
      method: "post",
      path: "/api/plans/",
      operation: "createPlan",
      auth: "staff",
      key: "admin",
      idempotent: ["catalog.createPlan"],
      summary: "Create a plan",
      body: newPlan,
      response: { 201: changedView },
      handler: async ({ call, config, body: { price, components: parts = [], ...terms } }) => {
        const { currency = config.defaultCurrency } = terms;
        const amount_minor = readPrice(price, currency);
        const creating = call("catalog.createPlan", {
          ...terms,
          currency,
          amount_minor,
          components: readComponents(parts, currency),
        });
        return created(showChanged(await namedAsSent(AMOUNTS, creating)));
      },
    }),
    ...(["put", "patch"] as const).map((method) =>
      route({
        method,
        path: "/api/plans/{id}/",
        operation: method === "put" ? "replacePlan" : "updatePlan",
        auth: "staff",
        key: "admin",
        summary: method === "put" ? "Replace a plan" : "Change a plan",
        description: "A new price applies to periods that start from now on.",
        body: method === "put" ? wholePlan : somePlan,
        response: { 200: changedView },
        handler: async ({ call, params: { id }, body }) => {
          const changes = readChanges(body, await call("catalog.getPlan", { plan: id }));
          return ok(showChanged(await namedAsSent(AMOUNTS, call("catalog.updatePlan", { id, ...changes }))));
        },
      }),
    ),
    route({
      method: "delete",
      path: "/api/plans/{id}/",
      operation: "archivePlan",
      auth: "staff",
      key: "admin",
      summary: "Archive a plan",
      description: "Nobody can subscribe to it any more. Existing subscriptions go on.",
      response: { 204: null },
      handler: async ({ call, params }) => {
        await call("catalog.archivePlan", params);
        return noContent();
      },
    }),
  ],
};
