import { invoice, type Invoice, type InvoiceStatus } from "../../../shared/contracts/invoicing";
import { selectList } from "../../../shared/db/columns";
import type { ServiceEnv } from "../../../shared/service/service-env";
import { USER_OF_INVOICE } from "../models/invoice";
import type { PreparedStatement } from "../../../shared/db/pipeline";
import type { InvoicingTools } from "../tools";

/** Which invoices a list holds; a filter that is undefined is not used. */
export interface InvoiceFilter {
  /** one customer, or several */
  customer?: string | undefined;
  customers?: string[] | undefined;
  subscription?: string | undefined;
  status?: InvoiceStatus | undefined;
  plan?: string | undefined;
  /** of one number */
  sequence?: string | undefined;
  issued_from?: string | undefined;
  issued_to?: string | undefined;
  /** JSON of a fact in the metadata */
  metadata?: string | undefined;
  /** only invoices of lower numbers than this one, or of higher ones, as text */
  below?: string | undefined;
  above?: string | undefined;
}

export type Order = "newest" | "oldest";
const DIRECTION: Record<Order, string> = { newest: "DESC", oldest: "ASC" };

const CONDITIONS: Record<Exclude<keyof InvoiceFilter, "customers">, string> = {
  customer: "customer_id = $",
  subscription: "subscription_id = $",
  status: "status = $",
  plan: "plan_id = $",
  sequence: "sequence = $",
  issued_from: "issue_date >= $",
  issued_to: "issue_date <= $",
  metadata: "metadata <> '{}' AND metadata @> $",
  below: "sequence < $",
  above: "sequence > $",
};
const FILTERS = ["customers", ...Object.keys(CONDITIONS)] as (keyof InvoiceFilter)[];

/** An instant as it is written everywhere; in Postgres's own JSON it ends in +00:00. */
const instant = (column: string): string => `replace(replace(${column}::text, ' ', 'T'), '+00', 'Z')`;
const COLUMNS = selectList(invoice, {
  user: USER_OF_INVOICE,
  paid_at: instant("paid_at"),
  disputed_at: instant("disputed_at"),
});

/**
 * The statement behind a list of invoices, newest first. It gives one JSON value, because the driver takes
 * longer to make rows. Its last parameter is the limit.
 * @param filters the filters in use, in the order of their parameters
 */
export function listInvoicesStatement(
  filters: readonly (keyof InvoiceFilter)[],
  order: Order = "newest",
): PreparedStatement {
  const limit = `$${filters.length + 1}`;
  const conditions = filters.flatMap((filter, index) =>
    filter === "customers" ? [] : [`${CONDITIONS[filter]}${index + 1}`],
  );
  const several = filters.indexOf("customers") + 1;
  const wanted = several === 0 ? conditions : [firstOfEach(`$${several}`, conditions, limit, order)];
  const where = wanted.length === 0 ? "" : `WHERE ${wanted.join(" AND ")}`;
  return {
    name: ["list-invoices", order, ...filters].join(":"),
    sql: `SELECT coalesce(json_agg(invoice), '[]') AS items
          FROM (
            SELECT ${COLUMNS} FROM invoices ${where}
            ORDER BY sequence ${DIRECTION[order]} LIMIT ${limit}
          ) AS invoice`,
  };
}

/** The index of each customer's invoices gives its first ones; the first of all are among them. */
function firstOfEach(customers: string, conditions: string[], limit: string, order: Order): string {
  const those = ["customer_id = mine.id", ...conditions].join(" AND ");
  return `id IN (
    SELECT first.id FROM unnest(${customers}::uuid[]) AS mine(id), LATERAL (
      SELECT id FROM invoices WHERE ${those} ORDER BY sequence ${DIRECTION[order]} LIMIT ${limit}
    ) AS first
  )`;
}

/** Filters that an index serves; with any other one Postgres may have to pass over many invoices. */
const INDEXED = new Set<keyof InvoiceFilter>(["customer", "sequence", "below", "above"]);

/** At most `limit` invoices. */
export async function readInvoices(
  { db, tools }: Pick<ServiceEnv<InvoicingTools>, "db" | "tools">,
  filter: InvoiceFilter,
  limit: number,
  order: Order,
): Promise<Invoice[]> {
  const used = FILTERS.filter((name) => filter[name] !== undefined);
  const statement = listInvoicesStatement(used, order);
  const values = [...used.map((name) => filter[name] ?? null), limit];
  const [row] = used.every((name) => INDEXED.has(name))
    ? await tools.reads.query<Page>(statement, values)
    : (await db.raw<{ rows: Page[] }>(withNames(statement.sql), named(values))).rows;
  return row?.items ?? [];
}

/** Knex has no numbers for parameters, and one of them may be used twice. */
const withNames = (sql: string): string => sql.replaceAll(/\$(\d+)/g, ":p$1");

function named<Value>(values: Value[]): Record<string, Value> {
  return Object.fromEntries(values.map((value, index) => [`p${index + 1}`, value]));
}

interface Page {
  items: Invoice[];
}
