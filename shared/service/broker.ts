import { ServiceBroker, type BrokerOptions } from "moleculer";
import type { Config } from "../config/config";
import { openDatabase } from "../db/open-database";
import { BackgroundWork } from "./background-work";

/** What the services of one process share. */
export interface Runtime {
  config: Config;
  /** URL of Postgres for the administrator's role; services derive their own from it */
  databaseUrl: string;
  /** True where services answer calls and start nothing: no workers, no reading of feeds, no set-up. */
  observes: boolean;
  /** Limits the work that nobody waits for. */
  background: BackgroundWork;
  /** Lines for whoever started the process, like the password of the first staff account; never logged. */
  announcements: string[];
}

/**
 * A Moleculer broker with what its services share. That is kept here and not in the broker's metadata, which
 * other nodes can read.
 */
export class BillingBroker extends ServiceBroker {
  readonly runtime: Runtime;

  constructor(
    options: BrokerOptions,
    runtime: Pick<Runtime, "config" | "databaseUrl"> & { observes?: boolean },
  ) {
    super(options);
    this.runtime = { observes: false, background: new BackgroundWork(), announcements: [], ...runtime };
  }

  /** Resolves when Postgres answers a query, on a new connection: an open one says nothing about now. */
  async pingPostgres(): Promise<void> {
    const db = openDatabase({ url: this.runtime.databaseUrl, schema: "public", poolSize: 1 });
    try {
      await db.raw("SELECT 1");
    } finally {
      await db.destroy();
    }
  }
}

/** @throws Error for a plain Moleculer broker, which has no runtime */
export function runtimeOf(broker: ServiceBroker): Runtime {
  if (broker instanceof BillingBroker) return broker.runtime;
  throw new Error("this broker has no runtime: create it with createBroker");
}
