import { ServiceBroker, type BrokerOptions } from "moleculer";
import type { Config, DatabaseUrls } from "../config/config";
import { BackgroundWork } from "./background-work";
import { MetricSet } from "./metric-set";

/** What the services of one process share. */
export interface Runtime {
  config: Config;
  /** of the role of each service that is in this process */
  databaseUrls: DatabaseUrls;
  /** True where services answer calls and start nothing: no workers, no reading of feeds, no set-up. */
  observes: boolean;
  /** Limits the work that nobody waits for. */
  background: BackgroundWork;
  /** Our own metrics, for `/metrics`. */
  metrics: MetricSet;
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
    runtime: Pick<Runtime, "config" | "databaseUrls"> & { observes?: boolean },
  ) {
    super(options);
    this.runtime = {
      observes: false,
      background: new BackgroundWork(),
      metrics: new MetricSet(),
      announcements: [],
      ...runtime,
    };
  }
}

/** @throws Error for a plain Moleculer broker, which has no runtime */
export function runtimeOf(broker: ServiceBroker): Runtime {
  if (broker instanceof BillingBroker) return broker.runtime;
  throw new Error("this broker has no runtime: create it with createBroker");
}
