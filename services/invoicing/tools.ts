import type { Pipeline } from "../../shared/db/pipeline";

/** What the service works with beside the database. */
export interface InvoicingTools {
  /** for the reads that come with every request, and that an index keeps short */
  reads: Pipeline;
}
