import { defineService } from "../../shared/service/define-service";
import { confirmPayment } from "./actions/confirm-payment";
import { createPaymentIntent } from "./actions/create-payment-intent";
import { getPaymentHistory } from "./actions/get-payment-history";
import { getPageSettings } from "./actions/get-page-settings";
import { receiveWebhook } from "./actions/receive-webhook";
import { digestSettledPayments, listSettledPayments } from "./actions/settled-payments";
import { PAYMENTS_CHECKS } from "./queries/audit/checks";
import { connectStripe } from "./stripe/connect";
import type { PaymentsTools } from "./tools";
import { checkOpenPayments } from "./workers/check-open-payments";
import { retryEvents } from "./workers/retry-events";

const LOOK_MS = 30_000;

export default defineService<"payments", PaymentsTools>("payments", {
  actions: {
    getPageSettings,
    createPaymentIntent,
    confirmPayment,
    receiveWebhook,
    getPaymentHistory,
    digestSettledPayments,
    listSettledPayments,
  },
  audit: PAYMENTS_CHECKS,
  setUp: connectStripe,
  workers: (env) => [
    {
      name: "payments: asking Stripe about open payments",
      step: () => checkOpenPayments(env),
      interval_ms: LOOK_MS,
    },
    { name: "payments: acting on webhooks again", step: () => retryEvents(env), interval_ms: LOOK_MS },
  ],
});
