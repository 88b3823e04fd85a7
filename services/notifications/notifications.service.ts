import { defineService } from "../../shared/service/define-service";
import { listDeliveries } from "./actions/list-deliveries";
import { exportDeliveries } from "./actions/export-deliveries";
import { onAccountLinkCreated } from "./consumers/on-account-link-created";
import { onAccountLinkWithdrawn } from "./consumers/on-account-link-withdrawn";
import { onCustomerClosed } from "./consumers/on-customer-closed";
import { onCustomerCreated } from "./consumers/on-customer-created";
import { onCustomerErased } from "./consumers/on-customer-erased";
import { onCustomerUpdated } from "./consumers/on-customer-updated";
import { onEmailChanged } from "./consumers/on-email-changed";
import { onEmailUsedAgain } from "./consumers/on-email-used-again";
import { onInvoiceIssued } from "./consumers/on-invoice-issued";
import { onInvoicePaid } from "./consumers/on-invoice-paid";
import { onRemindersDue } from "./consumers/on-reminders-due";
import { onRemindersRequested } from "./consumers/on-reminders-requested";
import { onUserRegistered } from "./consumers/on-user-registered";
import { onUserUpdated } from "./consumers/on-user-updated";
import { openMailer } from "./mail/open-mailer";
import { NOTIFICATIONS_CHECKS } from "./queries/audit/checks";
import type { NotificationsTools } from "./tools";
import { planReminders } from "./workers/plan-reminders";
import { MailSender } from "./workers/send-mails";

/**
 * How often the workers poll: for retries that have become due, and for what a process that
 * died left.
 */
const POLL_MS = 15_000;

export default defineService<"notifications", NotificationsTools>("notifications", {
  actions: { listDeliveries, exportDeliveries },
  audit: NOTIFICATIONS_CHECKS,
  consumers: [
    onUserRegistered,
    onUserUpdated,
    onCustomerCreated,
    onCustomerUpdated,
    onCustomerErased,
    onCustomerClosed,
    onEmailUsedAgain,
    onEmailChanged,
    onAccountLinkCreated,
    onAccountLinkWithdrawn,
    onInvoiceIssued,
    onInvoicePaid,
    onRemindersDue,
    onRemindersRequested,
  ],
  workers: (env) => {
    const sender = new MailSender(env);
    env.tools.stopSending = () => sender.stop();
    return [
      { name: "notifications: planning reminders", step: () => planReminders(env), interval_ms: POLL_MS },
      { name: "notifications: sending mails", step: () => sender.step(), interval_ms: POLL_MS },
    ];
  },
  setUp: async ({ config }) => {
    const mailer = openMailer(config);
    const tools: NotificationsTools = { mailer, stopSending: () => Promise.resolve() };
    const stop = async () => {
      await tools.stopSending();
      mailer.close();
    };
    return { tools, stop };
  },
});
