import { defineService } from "../../shared/service/define-service";
import { confirmPayment } from "./actions/confirm-payment";
import { createPaymentIntent } from "./actions/create-payment-intent";
import { exportPayments } from "./actions/export-payments";
import { getPaymentHistory } from "./actions/get-payment-history";
import { getPageSettings } from "./actions/get-page-settings";
import { receiveWebhook } from "./actions/receive-webhook";
import { reconcile } from "./actions/reconcile";
import { resolvePayment } from "./actions/resolve-payment";
import { digestSettledPayments, listSettledPayments } from "./actions/settled-payments";
import { PAYMENTS_CHECKS } from "./queries/audit/checks";
import { connectStripe } from "./stripe/connect";
import type { PaymentsTools } from "./tools";
import { checkOpenPayments } from "./workers/check-open-payments";
import { checkPendingRefunds } from "./workers/check-pending-refunds";
import { dropOldWebhooks } from "./workers/drop-old-webhooks";
import { followStripe } from "./workers/follow-stripe";
import { retryEvents } from "./workers/retry-events";

const POLL_MS = 30_000;
const RETENTION_EVERY_MS = 3_600_000;

export default defineService<"payments", PaymentsTools>("payments", {
  actions: {
    getPageSettings,
    createPaymentIntent,
    exportPayments,
    confirmPayment,
    receiveWebhook,
    resolvePayment,
    reconcile,
    getPaymentHistory,
    digestSettledPayments,
    listSettledPayments,
  },
  audit: PAYMENTS_CHECKS,
  setUp: connectStripe,
  workers: (env) => [
    {
      name: "payments: asking Stripe about open payments",
      step: ({ stopping }) => checkOpenPayments(env, stopping),
      interval_ms: POLL_MS,
    },
    { name: "payments: comparing with Stripe", step: () => followStripe(env), interval_ms: POLL_MS },
    {
      name: "payments: asking Stripe about pending refunds",
      step: () => checkPendingRefunds(env),
      interval_ms: POLL_MS,
    },
    { name: "payments: dropping old webhooks", step: dropOldWebhooks(env), interval_ms: RETENTION_EVERY_MS },
    { name: "payments: retrying webhooks", step: () => retryEvents(env), interval_ms: POLL_MS },
  ],
});
