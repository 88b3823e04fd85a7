/**
 * SQL for what the events about an invoice say of it.
 * @param row the alias of the invoices' row at hand
 */
export function invoiceFact(row: string): string {
  const columns = [
    "id",
    "number",
    "subscription_id",
    "user_id",
    "plan_id",
    "period_start",
    "period_end",
    "amount_minor",
    "currency",
    "issue_date",
    "due_date",
    "status",
  ];
  return `jsonb_build_object(${columns.map((column) => `'${column}', ${row}.${column}`).join(", ")})`;
}
