import { invoice, type Invoice, type InvoiceStatus } from "../../../shared/contracts/invoicing";
import { selectList } from "../../../shared/db/columns";
import type { ServiceEnv } from "../../../shared/service/service-env";
import type { PreparedStatement } from "../../../shared/db/pipeline";
import type { InvoicingTools } from "../tools";

/** Which invoices a list holds; a filter that is undefined is not used. */
export interface InvoiceFilter {
  user_id?: string | undefined;
  subscription_id?: string | undefined;
  status?: InvoiceStatus | undefined;
  /** only invoices of lower numbers than this one, as text */
  below?: string | undefined;
}

const CONDITIONS: Record<keyof InvoiceFilter, string> = {
  user_id: "user_id =",
  subscription_id: "subscription_id =",
  status: "status =",
  below: "sequence <",
};
const FILTERS = Object.keys(CONDITIONS) as (keyof InvoiceFilter)[];

/** An instant as it is written everywhere; in Postgres's own JSON it ends in +00:00. */
const instant = (column: string): string => `replace(replace(${column}::text, ' ', 'T'), '+00', 'Z')`;
const COLUMNS = selectList(invoice, { paid_at: instant("paid_at"), disputed_at: instant("disputed_at") });

/**
 * The statement behind a list of invoices, newest first. It gives one JSON value, because the driver takes
 * longer to make rows. Its last parameter is the limit.
 * @param filters the filters in use, in the order of their parameters
 */
export function listInvoicesStatement(filters: readonly (keyof InvoiceFilter)[]): PreparedStatement {
  const conditions = filters.map((filter, index) => `${CONDITIONS[filter]} $${index + 1}`);
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  return {
    name: ["list-invoices", ...filters].join(":"),
    sql: `SELECT coalesce(json_agg(invoice), '[]') AS items
          FROM (
            SELECT ${COLUMNS} FROM invoices ${where}
            ORDER BY sequence DESC LIMIT $${filters.length + 1}
          ) AS invoice`,
  };
}

/** Filters that an index serves; with any other one Postgres may have to pass over many invoices. */
const INDEXED = new Set<keyof InvoiceFilter>(["user_id", "below"]);

/** At most `limit` invoices, newest first. */
export async function readInvoices(
  { db, tools }: Pick<ServiceEnv<InvoicingTools>, "db" | "tools">,
  filter: InvoiceFilter,
  limit: number,
): Promise<Invoice[]> {
  const used = FILTERS.filter((name) => filter[name] !== undefined);
  const statement = listInvoicesStatement(used);
  const values = [...used.map((name) => filter[name] ?? null), limit];
  const [row] = used.every((name) => INDEXED.has(name))
    ? await tools.reads.query<Page>(statement, values)
    : (await db.raw<{ rows: Page[] }>(statement.sql.replaceAll(/\$\d+/g, "?"), values)).rows;
  return row?.items ?? [];
}

interface Page {
  items: Invoice[];
}
