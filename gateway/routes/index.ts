import type { Config } from "../../shared/config/config";
import { audit } from "./audit";
import { billingPreview } from "./billing-preview";
import { billingRuns } from "./billing-runs";
import { documentation } from "./documentation";
import { invoices } from "./invoices";
import { operations } from "./health";
import { pay } from "./payment-page";
import { payments } from "./payments";
import { plans } from "./plans";
import type { Resource } from "./route";
import { stripe } from "./stripe-webhook";
import { subscriptions } from "./subscriptions";
import { testClock } from "./test-clock";
import { token } from "./token";
import { users } from "./users";

/** The whole interface. The test clock is part of it only where business time may be moved. */
export function resources({ testClock: clockMayBeMoved }: Pick<Config, "testClock">): Resource[] {
  const api = [
    users,
    token,
    plans,
    subscriptions,
    invoices,
    billingRuns,
    billingPreview,
    audit,
    payments,
    pay,
    stripe,
    ...(clockMayBeMoved ? [testClock] : []),
    operations,
  ];
  return [...api, documentation(api)];
}
