import { payments } from "../../shared/contracts/payments";
import { invalid } from "../../shared/errors";
import { ok } from "./replies";
import { RAW, route, type Resource } from "./route";

/** Stripe's webhook. Its signature covers the body byte by byte, so the body is not parsed here. */
export const stripeWebhook: Resource = {
  name: "stripe",
  description: "Where Stripe sends its events.",
  item: "event",
  routes: [
    route({
      method: "post",
      path: "/api/stripe/webhook/",
      operation: "receiveStripeEvent",
      auth: "anyone",
      summary: "Receive an event from Stripe",
      body: RAW,
      response: { 200: payments.actions.receiveWebhook.result },
      handler: async ({ asGateway, headers, rawBody }) => {
        const signature = headers["stripe-signature"];
        if (typeof signature !== "string")
          throw invalid({ field: "Stripe-Signature", message: "header is required" });
        return ok(await asGateway("payments.receiveWebhook", { body: rawBody, signature }));
      },
    }),
  ],
};
