import type { ServiceBroker } from "moleculer";
import type { NatsConnection } from "nats";
import type { Runtime } from "../broker/runtime";

const TIMEOUT_MS = 2_000;

/** What a process needs, and which of it answers right now. */
export interface Readiness {
  ready: boolean;
  checks: { postgres: "ok" | "down"; nats?: "ok" | "down" };
}

/**
 * Asks Postgres for an answer and NATS for a flush, each within two seconds. Moleculer's own `connected` stays true while NATS
 * is away, so only an answer counts.
 */
export async function checkReadiness(broker: ServiceBroker, runtime: Runtime): Promise<Readiness> {
  const nats = natsOf(broker);
  const [postgresOk, natsOk] = await Promise.all([
    inTime(runtime.pingPostgres()),
    nats === undefined ? undefined : inTime(nats.flush()),
  ]);
  return {
    ready: postgresOk && natsOk !== false,
    checks: {
      postgres: postgresOk ? "ok" : "down",
      ...(natsOk === undefined ? {} : { nats: natsOk ? ("ok" as const) : ("down" as const) }),
    },
  };
}

function natsOf(broker: ServiceBroker): NatsConnection | undefined {
  const transporter = broker.transit?.tx as { client?: NatsConnection | null } | undefined;
  return transporter?.client ?? undefined;
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
