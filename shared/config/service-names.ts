/** All services, in the order in which one process starts them. The gateway starts last. */
export const SERVICE_NAMES = [
  "identity",
  "catalog",
  "subscriptions",
  "invoicing",
  "payments",
  "notifications",
  "cron",
  "gateway",
] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];
