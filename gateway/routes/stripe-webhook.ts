import { payments } from "../../shared/contracts/payments";
import { invalid } from "../../shared/errors";
import { ok } from "./replies";
import { RAW, route, type Resource } from "./route";

/**
 * Where Stripe tells what became of payments. The signature says who speaks, so the body must stay as it
 * came.
 */
export const stripe: Resource = {
  name: "stripe",
  item: "event",
  routes: [
    route({
      method: "post",
      path: "/api/stripe/webhook/",
      auth: "anyone",
      summary: "Stripe's webhook",
      body: RAW,
      response: { 200: payments.actions.receiveWebhook.result },
      handler: async ({ asSystem, headers, rawBody }) => {
        const signature = headers["stripe-signature"];
        if (typeof signature !== "string")
          throw invalid({ field: "Stripe-Signature", message: "header is missing" });
        return ok(await asSystem("payments.receiveWebhook", { body: rawBody, signature }));
      },
    }),
  ],
};
