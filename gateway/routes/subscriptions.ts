import { z } from "zod";
import { id } from "../../shared/contracts/contract";
import {
  subscription,
  subscriptions as contract,
  subscriptionStatus,
} from "../../shared/contracts/subscriptions";
import { created, listQuery, ok, page } from "./replies";
import { route, type Resource } from "./route";

const cancelled = subscription.extend({ detail: z.string() }).meta({ id: "CancelledSubscription" });

/** Two ways to say the same. */
const UNSUBSCRIBE = [
  ["post", "/api/subscriptions/{id}/unsubscribe/"],
  ["delete", "/api/subscriptions/{id}/"],
] as const;

/** Who is subscribed to what. Customers see their own, staff all. */
export const subscriptions: Resource = {
  name: "subscriptions",
  item: "subscription",
  alsoWithoutPrefix: true,
  routes: [
    route({
      method: "get",
      path: "/api/subscriptions/",
      auth: "user",
      summary: "List subscriptions: one's own; staff: all",
      query: listQuery({ status: subscriptionStatus.optional(), user_id: id.optional() }),
      response: { 200: z.array(subscription) },
      handler: async (context) => {
        return page(context, await context.call("subscriptions.listSubscriptions", context.query));
      },
    }),
    route({
      method: "get",
      path: "/api/subscriptions/{id}/",
      auth: "user",
      summary: "One subscription",
      response: { 200: subscription },
      handler: async ({ call, params }) => ok(await call("subscriptions.getSubscription", params)),
    }),
    route({
      method: "post",
      path: "/api/subscriptions/",
      auth: "user",
      summary: "Subscribe to a plan",
      body: contract.actions.createSubscription.params,
      response: { 201: subscription },
      handler: async ({ call, body }) => created(await call("subscriptions.createSubscription", body)),
    }),
    ...UNSUBSCRIBE.map(([method, path]) =>
      route({
        method,
        path,
        auth: "user",
        summary: "End a subscription at once; what is issued stays owed",
        response: { 200: cancelled },
        handler: async ({ call, params: { id: subscriptionId } }) => {
          const ended = await call("subscriptions.unsubscribe", { id: subscriptionId });
          return ok({ detail: "Subscription cancelled.", ...ended });
        },
      }),
    ),
  ],
};
