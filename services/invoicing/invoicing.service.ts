import { defineService } from "../../shared/service/define-service";
import { countBilling } from "../../shared/service/metrics";
import { dayOf } from "../../shared/time";
import { Pipeline } from "../../shared/db/pipeline";
import { auditBooks } from "./actions/audit-books";
import { createCharge } from "./actions/create-charge";
import { deleteCharge } from "./actions/delete-charge";
import { explainInvoice } from "./actions/explain-invoice";
import { exportInvoices } from "./actions/export-invoices";
import { getBillingRun } from "./actions/get-billing-run";
import { getInvoice } from "./actions/get-invoice";
import { getPayableInvoice } from "./actions/get-payable-invoice";
import { listBillingRuns } from "./actions/list-billing-runs";
import { listCharges } from "./actions/list-charges";
import { listInvoices } from "./actions/list-invoices";
import { listUnpaid } from "./actions/list-unpaid";
import { previewBilling } from "./actions/preview-billing";
import { startBillingRun } from "./actions/start-billing-run";
import { onCustomerCreated } from "./consumers/on-customer-created";
import { onCustomerErased } from "./consumers/on-customer-erased";
import { onCustomerUpdated } from "./consumers/on-customer-updated";
import { onInvoicesDue } from "./consumers/on-invoices-due";
import { onOverdueDue } from "./consumers/on-overdue-due";
import { onPaymentDisputed } from "./consumers/on-payment-disputed";
import { onPaymentRefunded } from "./consumers/on-payment-refunded";
import { onPaymentSucceeded } from "./consumers/on-payment-succeeded";
import { onPlanCreated } from "./consumers/on-plan-created";
import { onPlanPriceSet } from "./consumers/on-plan-price-set";
import { onPlanUpdated } from "./consumers/on-plan-updated";
import { onRemindersFailed } from "./consumers/on-reminders-failed";
import { onRemindersPlanned } from "./consumers/on-reminders-planned";
import { onSubscriptionUpdated } from "./consumers/on-subscription-updated";
import { onSubscriptionCancelled } from "./consumers/on-subscription-cancelled";
import { onSubscriptionCreated } from "./consumers/on-subscription-created";
import { onSubscriptionExpired } from "./consumers/on-subscription-expired";
import { refreshPriceDays, warnOfTimeZoneTables } from "./day-starts";
import { ISSUED_PAYLOAD } from "./queries/issued-payload";
import { INVOICE_CHECKS } from "./queries/audit/invoice-checks";
import { PERIOD_CHECKS } from "./queries/audit/period-checks";
import type { InvoicingTools } from "./tools";
import { billNewSubscriptions } from "./workers/billing";
import { carryOutRun } from "./workers/billing-runs";

export default defineService<"invoicing", InvoicingTools>("invoicing", {
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
    exportInvoices,
    auditBooks,
    createCharge,
    listCharges,
    deleteCharge,
  },
  derivedPayloads: { "invoice.issued": ISSUED_PAYLOAD },
  audit: [...PERIOD_CHECKS, ...INVOICE_CHECKS],
  consumers: [
    onCustomerCreated,
    onCustomerUpdated,
    onCustomerErased,
    onPlanCreated,
    onPlanUpdated,
    onPlanPriceSet,
    onSubscriptionCreated,
    onSubscriptionUpdated,
    onSubscriptionCancelled,
    onSubscriptionExpired,
    onInvoicesDue,
    onOverdueDue,
    onPaymentSucceeded,
    onPaymentRefunded,
    onPaymentDisputed,
    onRemindersPlanned,
    onRemindersFailed,
  ],
  workers: (env) => [
    { name: "invoicing: new subscriptions", step: () => billNewSubscriptions(env), interval_ms: 3_000 },
    {
      name: "invoicing: billing runs",
      step: ({ stopping }) => carryOutRun(env, stopping),
      interval_ms: 3_000,
    },
  ],
  started: async ({ db, log, clock, broker }) => {
    for (const outcome of ["issued", "parked"]) countBilling(broker, "generate_invoices", outcome, 0);
    countBilling(broker, "mark_overdue", "marked", 0);
    await warnOfTimeZoneTables({ db, log, zone: clock.zone, today: dayOf(Date.now(), clock.zone) });
  },
  setUp: async ({ db, config }) => {
    await refreshPriceDays(db, config.billingTimezone);
    const reads = new Pipeline(db);
    return { tools: { reads }, stop: () => reads.close() };
  },
});
