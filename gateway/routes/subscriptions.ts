import { z } from "zod";
import { product } from "../../shared/contracts/catalog";
import { id, isoDate } from "../../shared/contracts/contract";
import { customerReference } from "../../shared/contracts/customers";
import {
  subscription,
  subscriptions as contract,
  subscriptionStatus,
} from "../../shared/contracts/subscriptions";
import { customerFilter, namedCustomer } from "./customer-references";
import { exportQuery, list } from "./lists";
import { created, ok } from "./replies";
import { route, type Resource } from "./route";

const cancelled = subscription.extend({ detail: z.string() }).meta({ id: "CancelledSubscription" });

/** Two addresses of the same operation. */
const UNSUBSCRIBE_ROUTES = [
  ["unsubscribe", "post", "/api/subscriptions/{id}/unsubscribe/"],
  ["cancelSubscription", "delete", "/api/subscriptions/{id}/"],
] as const;

/** Subscriptions. Customers see their own, staff see all. */
export const subscriptions: Resource = {
  name: "subscriptions",
  description: "Who is subscribed to which plan, since when and until when.",
  item: "subscription",
  alsoWithoutPrefix: true,
  routes: [
    route({
      method: "get",
      path: "/api/subscriptions/",
      operation: "listSubscriptions",
      auth: "user",
      key: "read",
      summary: "List subscriptions",
      description: "Customers get their own subscriptions, staff get all.",
      query: exportQuery({
        status: subscriptionStatus.optional(),
        customer: customerReference.optional(),
        plan: id.optional(),
        product: product.optional(),
        created_from: isoDate.optional(),
        created_to: isoDate.optional().meta({ description: "that day included" }),
      }),
      response: { 200: [z.array(subscription), "text/csv"] },
      handler: async (context) =>
        list(context, {
          name: "subscriptions",
          columns: Object.keys(subscription.shape),
          query: await customerFilter(context, context.query),
          read: (query) => context.call("subscriptions.listSubscriptions", query),
        }),
    }),
    route({
      method: "get",
      path: "/api/subscriptions/{id}/",
      operation: "getSubscription",
      auth: "user",
      key: "read",
      summary: "Get a subscription",
      response: { 200: subscription },
      handler: async ({ call, params }) => ok(await call("subscriptions.getSubscription", params)),
    }),
    route({
      method: "post",
      path: "/api/subscriptions/",
      operation: "createSubscription",
      auth: "user",
      key: "write",
      idempotent: ["subscriptions.createSubscription"],
      summary: "Subscribe to a plan",
      body: contract.actions.createSubscription.params.extend({ customer: customerReference.optional() }),
      response: { 201: subscription },
      handler: async ({ call, body }) => {
        const customer = await namedCustomer(call, body.customer);
        return created(await call("subscriptions.createSubscription", { ...body, customer }));
      },
    }),
    route({
      method: "patch",
      path: "/api/subscriptions/{id}/",
      operation: "updateSubscription",
      auth: "staff",
      key: "write",
      summary: "Change the metadata of a subscription",
      description: "Invoices that are issued from then on have the new one.",
      body: contract.actions.updateSubscription.params.omit({ id: true }),
      response: { 200: subscription },
      handler: async ({ call, params, body }) =>
        ok(await call("subscriptions.updateSubscription", { ...params, ...body })),
    }),
    ...UNSUBSCRIBE_ROUTES.map(([operation, method, path]) =>
      route({
        method,
        path,
        operation,
        auth: "user",
        key: "write",
        idempotent: ["subscriptions.unsubscribe"],
        summary: "Cancel a subscription",
        description: "It ends at once. Invoices that were already issued stay due.",
        response: { 200: cancelled },
        handler: async ({ call, params: { id: subscriptionId } }) => {
          const ended = await call("subscriptions.unsubscribe", { id: subscriptionId });
          return ok({ detail: "Subscription cancelled.", ...ended });
        },
      }),
    ),
  ],
};
