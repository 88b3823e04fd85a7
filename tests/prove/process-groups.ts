/** The services of each process: every service runs in two processes, with as few others as possible. */
export const EIGHT_PROCESSES = [
  "identity,catalog,subscriptions",
  "catalog,subscriptions,gateway",
  "invoicing",
  "invoicing",
  "cron",
  "cron",
  "payments,notifications",
  "payments,notifications",
];

/** For a short run: two processes that both run invoicing and cron, and share the other services. */
export const TWO_PROCESSES = [
  "catalog,subscriptions,invoicing,cron",
  "identity,invoicing,cron,payments,notifications,gateway",
];
