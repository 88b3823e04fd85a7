import type { Config } from "../../shared/config/config";
import { accountLinks } from "./account-links";
import { apiKeys } from "./api-keys";
import { audit } from "./audit";
import { auditLog } from "./audit-log";
import { billingPreview } from "./billing-preview";
import { billingRuns } from "./billing-runs";
import { charges } from "./charges";
import { documentation } from "./documentation";
import { customers } from "./customers";
import { invoices } from "./invoices";
import { health } from "./health";
import { members } from "./members";
import { ownAccount } from "./own-account";
import { pay } from "./payment-page";
import { payments } from "./payments";
import { plans } from "./plans";
import type { Resource } from "./route";
import { stripeWebhook } from "./stripe-webhook";
import { subscriptions } from "./subscriptions";
import { testClock } from "./test-clock";
import { token } from "./token";
import { users } from "./users";

/** All resources of the API. */
export function resources(config: Pick<Config, "publicUrl">): Resource[] {
  const api = [
    users,
    token,
    apiKeys,
    accountLinks,
    ownAccount,
    customers,
    members,
    charges,
    plans,
    subscriptions,
    invoices,
    billingRuns,
    billingPreview,
    audit,
    auditLog,
    payments,
    pay,
    stripeWebhook,
    testClock,
    health,
  ];
  return [...api, documentation(api, config)];
}
