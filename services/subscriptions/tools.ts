import type { Pipeline } from "../../shared/db/pipeline";

/** What the service uses besides the database pool. */
export interface SubscriptionsTools {
  /** for what is asked many times a second, and an index makes short */
  reads: Pipeline;
}
