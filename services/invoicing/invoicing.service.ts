import { defineService } from "../../shared/service/define-service";
import { Pipeline } from "../../shared/db/pipeline";
import { auditBooks } from "./actions/audit-books";
import { explainInvoice } from "./actions/explain-invoice";
import { getBillingRun } from "./actions/get-billing-run";
import { getInvoice } from "./actions/get-invoice";
import { getPayableInvoice } from "./actions/get-payable-invoice";
import { listBillingRuns } from "./actions/list-billing-runs";
import { listInvoices } from "./actions/list-invoices";
import { listUnpaid } from "./actions/list-unpaid";
import { previewBilling } from "./actions/preview-billing";
import { startBillingRun } from "./actions/start-billing-run";
import { onPlanCreated, onPlanPriceSet, onPlanUpdated } from "./consumers/on-catalog";
import { onPaymentDisputed, onPaymentRefunded, onPaymentSucceeded } from "./consumers/on-payments";
import { onRemindersPlanned } from "./consumers/on-reminders-planned";
import {
  onSubscriptionCancelled,
  onSubscriptionCreated,
  onSubscriptionExpired,
} from "./consumers/on-subscriptions";
import { onInvoicesDue, onOverdueDue } from "./consumers/on-timetable";
import { INVOICE_CHECKS } from "./queries/audit/invoice-checks";
import { PERIOD_CHECKS } from "./queries/audit/period-checks";
import type { Tools } from "./tools";
import { billNewSubscriptions } from "./workers/billing";
import { carryOutRun } from "./workers/billing-runs";

export default defineService<"invoicing", Tools>("invoicing", {
  actions: {
    listInvoices,
    getInvoice,
    getPayableInvoice,
    listUnpaid,
    startBillingRun,
    previewBilling,
    listBillingRuns,
    getBillingRun,
    explainInvoice,
    auditBooks,
  },
  audit: [...PERIOD_CHECKS, ...INVOICE_CHECKS],
  consumers: [
    onPlanCreated,
    onPlanUpdated,
    onPlanPriceSet,
    onSubscriptionCreated,
    onSubscriptionCancelled,
    onSubscriptionExpired,
    onInvoicesDue,
    onOverdueDue,
    onPaymentSucceeded,
    onPaymentRefunded,
    onPaymentDisputed,
    onRemindersPlanned,
  ],
  workers: (env) => [
    { name: "invoicing: new subscriptions", step: () => billNewSubscriptions(env), interval_ms: 3_000 },
    {
      name: "invoicing: billing runs",
      step: ({ stopping }) => carryOutRun(env, stopping),
      interval_ms: 3_000,
    },
  ],
  setUp: async ({ db }) => {
    const reads = new Pipeline(db);
    return { tools: { reads }, stop: () => reads.close() };
  },
});
