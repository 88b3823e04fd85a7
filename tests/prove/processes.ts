/** Two processes for each service, which share as few as possible with others. */
export const MANY = [
  "identity,catalog,subscriptions",
  "catalog,subscriptions,gateway",
  "invoicing",
  "invoicing",
  "cron",
  "cron",
  "payments,notifications",
  "payments,notifications",
];

/**
 * For a quick look: two processes that both bill and both tick, and share the other services between them.
 */
export const FEW = [
  "catalog,subscriptions,invoicing,cron",
  "identity,invoicing,cron,payments,notifications,gateway",
];
