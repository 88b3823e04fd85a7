import type { NatsConnection } from "nats";
import type { BillingBroker } from "../../service/broker";

const TIMEOUT_MS = 2_000;

/** What a process needs, and what of it answers now. `services`: whether its own have all started. */
export interface Readiness {
  ready: boolean;
  checks: { services: "ok" | "starting" | "stopping"; postgres: "ok" | "down"; nats?: "ok" | "down" };
}

/**
 * Asks Postgres for an answer and NATS for a flush, each within two seconds: an open connection proves
 * nothing.
 */
export async function checkReadiness(broker: BillingBroker): Promise<Readiness> {
  const [postgresOk, natsOk] = await Promise.all([
    inTime(broker.pingPostgres()),
    broker.transit === undefined ? undefined : inTime(flushNats(broker)),
  ]);
  return {
    ready: broker.started && postgresOk && natsOk !== false,
    checks: {
      services: broker.started ? "ok" : broker.stopping ? "stopping" : "starting",
      postgres: postgresOk ? "ok" : "down",
      ...(natsOk === undefined ? {} : { nats: natsOk ? ("ok" as const) : ("down" as const) }),
    },
  };
}

async function flushNats(broker: BillingBroker): Promise<void> {
  const transporter = broker.transit?.tx as { client?: NatsConnection | null } | undefined;
  if (!transporter?.client) throw new Error("not connected yet");
  await transporter.client.flush();
}

async function inTime(check: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), TIMEOUT_MS);
  });
  try {
    return await Promise.race([check.then(() => true), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
