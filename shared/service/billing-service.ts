import type { Service, ServiceSchema, ServiceSettingSchema } from "moleculer";
import type { Producer } from "../contracts";
import type { Doorbell } from "../events/doorbell";
import type { FeedReader } from "../events/feed-reader";
import type { BillingBroker } from "./broker";
import type { ServiceEnv } from "./service-env";
import type { Worker } from "./worker";

/** The reader of another service's feed, and the worker that lets it read. */
export interface Feed<Tools> {
  reader: FeedReader<ServiceEnv<Tools>>;
  worker: Worker;
}

/** What runs of a service, on the Moleculer service itself (`this`). */
export interface BillingService<Tools = unknown> extends Service {
  broker: BillingBroker;
  env: ServiceEnv<Tools>;
  /** Closes the service's tools. */
  closeTools: () => Promise<void>;
  doorbell: Doorbell;
  /** The feeds that it reads, by their producers. */
  feeds: Map<Producer, Feed<Tools>>;
  /** The service's own workers, which do what its events and rows ask for. */
  workers: Worker[];
  /** Emits its events for other listeners; undefined where it only observes. */
  broadcast?: Worker;
  /** Drops its old outbox rows; undefined where it only observes. */
  retention?: Worker;
}

type SchemaOf<This> = ServiceSchema<ServiceSettingSchema, Record<string, never>, Record<string, never>, This>;

/** A Moleculer schema whose functions have a BillingService as `this`. */
export interface BillingSchema<Tools = unknown> extends Omit<SchemaOf<BillingService<Tools>>, "mixins"> {
  mixins?: (Partial<BillingSchema<Tools>> | Partial<ServiceSchema>)[];
}
