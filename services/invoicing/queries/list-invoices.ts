import type { Invoice, InvoiceStatus } from "../../../shared/contracts/invoicing";
import type { Knex } from "../../../shared/db/open-database";
import { INVOICE_COLUMNS } from "../models/invoice";

/** Which invoices a list holds; what is undefined does not matter. */
export interface InvoiceFilter {
  user_id?: string | undefined;
  subscription_id?: string | undefined;
  status?: InvoiceStatus | undefined;
  /** only invoices of lower numbers than this one */
  below?: string | undefined;
}

/** An invoice with its place in the list. */
export type ListedInvoice = Invoice & { sequence: number };

const CONDITIONS: Record<keyof InvoiceFilter, string> = {
  user_id: "user_id = ?",
  subscription_id: "subscription_id = ?",
  status: "status = ?",
  below: "sequence < ?",
};

/** As instants read everywhere: the database's own JSON would write +00:00. */
const asInstant = (column: string): string => `replace(replace(${column}::text, ' ', 'T'), '+00', 'Z') AS ${column}`;
const INSTANTS = new Set<string>(["paid_at", "disputed_at"]);
const COLUMNS = ["sequence", ...INVOICE_COLUMNS.map((column) => (INSTANTS.has(column) ? asInstant(column) : column))].join(", ");

/**
 * The statement behind a list of invoices, newest first, as one JSON value; its name lets each connection plan it only once.
 * @param filters the filters in use
 */
export function listInvoicesStatement(filters: readonly (keyof InvoiceFilter)[]): { name: string; sql: string } {
  const where = filters.length === 0 ? "" : `WHERE ${filters.map((filter) => CONDITIONS[filter]).join(" AND ")}`;
  return {
    name: ["invoices", ...filters].join(":"),
    sql: `SELECT coalesce(json_agg(invoice), '[]') AS items
          FROM (SELECT ${COLUMNS} FROM invoices ${where} ORDER BY sequence DESC LIMIT ?) AS invoice`,
  };
}

/** At most `limit` invoices, newest first. */
export async function readInvoices(db: Knex, filter: InvoiceFilter, limit: number): Promise<ListedInvoice[]> {
  const used = (Object.keys(CONDITIONS) as (keyof InvoiceFilter)[]).filter((name) => filter[name] !== undefined);
  const { name, sql } = listInvoicesStatement(used);
  const bindings = [...used.map((filterName) => filter[filterName] ?? null), limit];
  const { rows } = await db.raw<{ rows: { items: ListedInvoice[] }[] }>(sql, bindings).options({ name });
  return rows[0]?.items ?? [];
}
