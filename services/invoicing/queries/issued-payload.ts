import { payloadSql } from "../../../shared/events/payload-sql";
import { statusAtIssue } from "./bill-page";

/**
 * SQL of the payload of `invoice.issued`, which is stored without it: what the invoice said at its issue
 * never changes.
 */
export const ISSUED_PAYLOAD = `
  SELECT ${payloadSql("invoice.issued", "issued", { status: statusAtIssue("amount_minor") })}
  FROM invoices AS issued WHERE issued.id = subject_id::uuid`;
