import type { ServiceBroker } from "moleculer";
import type { Config } from "../config/config";
import { openDatabase } from "../db/open-database";
import { Background } from "./background";

/** What a process's services share. Kept beside the broker, never in its metadata, which other nodes see. */
export interface Runtime {
  config: Config;
  /** URL of Postgres for the administrator's role; services derive their own from it */
  databaseUrl: string;
  /**
   * True where services answer, but begin nothing by themselves: no workers, no reading of feeds, no set-up.
   */
  observes: boolean;
  /** Turns for what nobody waits for. */
  background: Background;
  /**
   * Lines that whoever started the process should read, like the first staff account's password; never
   * logged.
   */
  announcements: string[];
  /** Resolves when Postgres answers a query. */
  pingPostgres: () => Promise<void>;
}

const runtimes = new WeakMap<ServiceBroker, Runtime>();

/** Attaches the runtime to a broker before its services are loaded. */
export function attachRuntime(
  broker: ServiceBroker,
  { config, databaseUrl, observes = false }: Pick<Runtime, "config" | "databaseUrl"> & { observes?: boolean },
): void {
  runtimes.set(broker, {
    config,
    databaseUrl,
    observes,
    background: new Background(),
    announcements: [],
    pingPostgres: () => ping(databaseUrl),
  });
}

/** @throws Error for a broker that nobody attached a runtime to */
export function runtimeOf(broker: ServiceBroker): Runtime {
  const runtime = runtimes.get(broker);
  if (runtime === undefined) throw new Error("this broker has no runtime: create it with createBroker");
  return runtime;
}

/** A connection of its own each time: one that was kept would tell of the past. */
async function ping(url: string): Promise<void> {
  const db = openDatabase({ url, schema: "public", poolSize: 1 });
  try {
    await db.raw("SELECT 1");
  } finally {
    await db.destroy();
  }
}
