import { linkPurpose } from "../../../shared/contracts/accounts";
import { keyScope } from "../../../shared/contracts/contract";
import { taxStatus } from "../../../shared/contracts/customers";
import { deliveryKind, deliveryStatus } from "../../../shared/contracts/notifications";
import { billingRunKind, billingRunStatus, invoiceStatus } from "../../../shared/contracts/invoicing";
import { interval } from "../../../shared/contracts/catalog";
import { paymentStatus, resolution } from "../../../shared/contracts/payments";
import { subscriptionStatus } from "../../../shared/contracts/subscriptions";
import { reminderRunStates } from "../../../services/notifications/domain/reminder-run.state";
import { withClient } from "../../../shared/db/embedded-postgres/client";
import { createDatabase, type TestDatabase } from "../../support/postgres";

/** The columns whose values Postgres knows one by one, and the list in the code that they must match. */
const LISTS: Record<string, readonly string[]> = {
  "identity.account_links.purpose": linkPurpose.options,
  "identity.api_keys.scope": keyScope.options,
  "identity.customers.tax_status": taxStatus.options,
  "catalog.plans.interval": interval.options,
  "subscriptions.subscriptions.interval": interval.options,
  "subscriptions.subscriptions.status": subscriptionStatus.options,
  "invoicing.billing_runs.kind": billingRunKind.options,
  "invoicing.billing_runs.status": billingRunStatus.options,
  "invoicing.invoices.status": invoiceStatus.options,
  "payments.payments.status": paymentStatus.options,
  "payments.unbooked_payments.resolution": resolution.options,
  "notifications.deliveries.kind": deliveryKind.options,
  "notifications.deliveries.status": deliveryStatus.options,
  "notifications.reminder_runs.status": Object.keys(reminderRunStates.transitions),
};

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

it("a CHECK with a list of values allows exactly those of the contract", async () => {
  const constraints = await withClient(database.url, (client) =>
    client.query<{ column: string; definition: string }>(`
      SELECT format('%s.%s', conrelid::regclass, attname) AS column, pg_get_constraintdef(c.oid) AS definition
      FROM pg_constraint c JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
      WHERE contype = 'c' AND cardinality(conkey) = 1
        AND pg_get_constraintdef(c.oid) LIKE 'CHECK ((%= ANY (ARRAY[%'`),
  );
  const allowed = constraints.rows.map(({ column, definition }) => [
    column,
    [...definition.matchAll(/'([^']*)'/g)].map(([, value]) => value).sort(),
  ]);
  const expected = Object.entries(LISTS).map(([column, values]) => [column, [...values].sort()]);
  expect(Object.fromEntries(allowed)).toEqual(Object.fromEntries(expected));
});
