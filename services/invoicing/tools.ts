import type { Pipeline } from "../../shared/db/pipeline";

/** What the service uses besides the database pool. */
export interface InvoicingTools {
  /** for reads that come with every request and that an index makes short */
  reads: Pipeline;
}
