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

/** The database schemas. Each belongs to the service of the same name; the gateway has none. */
export type Schema = Exclude<ServiceName, "gateway">;
export const SCHEMAS: readonly Schema[] = SERVICE_NAMES.filter((name) => name !== "gateway");
