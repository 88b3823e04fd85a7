import { z } from "zod";
import { billingRun, invoicing } from "../../shared/contracts/invoicing";
import { accepted, listQuery, ok, page } from "./replies";
import { route, type Resource } from "./route";

/** Billing by hand; the timetable does the same by itself every day. */
export const billingRuns: Resource = {
  name: "billing-runs",
  item: "billing run",
  routes: [
    route({
      method: "post",
      path: "/api/billing-runs/",
      auth: "staff",
      summary: "Start a billing run; what is billed already is not billed again",
      body: invoicing.actions.startBillingRun.params,
      response: { 202: billingRun },
      handler: async ({ call, body }) => {
        const run = await call("invoicing.startBillingRun", body);
        return accepted(run, `/api/billing-runs/${run.id}/`);
      },
    }),
    route({
      method: "get",
      path: "/api/billing-runs/",
      auth: "staff",
      summary: "List billing runs",
      query: listQuery({}),
      response: { 200: z.array(billingRun) },
      handler: async (exchange) => page(exchange, await exchange.call("invoicing.listBillingRuns", exchange.query)),
    }),
    route({
      method: "get",
      path: "/api/billing-runs/{id}/",
      auth: "staff",
      summary: "One billing run and how far it is",
      response: { 200: billingRun },
      handler: async ({ call, params }) => ok(await call("invoicing.getBillingRun", params)),
    }),
  ],
};
