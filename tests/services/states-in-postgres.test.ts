import type { z } from "zod";
import { interval } from "../../shared/contracts/catalog";
import { billingRunKind, billingRunStatus, invoiceStatus } from "../../shared/contracts/invoicing";
import { deliveryKind, deliveryStatus } from "../../shared/contracts/notifications";
import { paymentStatus } from "../../shared/contracts/payments";
import { subscriptionStatus } from "../../shared/contracts/subscriptions";
import { openDatabase, type Knex } from "../../shared/db/open-database";
import { createDatabase, type TestDatabase } from "../support/postgres";

let database: TestDatabase;
let db: Knex;

beforeAll(async () => {
  database = await createDatabase();
  db = openDatabase({ url: database.url, schema: "public" });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

/** The values that a column's CHECK constraint lets in. */
async function allowedValues(table: string, column: string): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { rule: string }[] }>(
    `SELECT pg_get_constraintdef(pg_constraint.oid) AS rule
     FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND conkey = ARRAY[attnum]
     WHERE contype = 'c' AND conrelid = (:table)::regclass AND attname = :column`,
    { table, column },
  );
  const [list] = rows.filter(({ rule }) => rule.includes("ARRAY["));
  return [...(list?.rule ?? "").matchAll(/'(\w+)'/g)].map(([, value]) => value ?? "");
}

it.each<[table: string, column: string, contract: z.ZodEnum]>([
  ["catalog.plans", "interval", interval],
  ["subscriptions.subscriptions", "interval", interval],
  ["subscriptions.subscriptions", "status", subscriptionStatus],
  ["invoicing.invoices", "status", invoiceStatus],
  ["invoicing.billing_runs", "kind", billingRunKind],
  ["invoicing.billing_runs", "status", billingRunStatus],
  ["payments.payments", "status", paymentStatus],
  ["notifications.deliveries", "kind", deliveryKind],
  ["notifications.deliveries", "status", deliveryStatus],
])("%s.%s holds the values of the contract, and no others", async (table, column, contract) => {
  expect((await allowedValues(table, column)).sort()).toEqual([...contract.options].sort());
});
