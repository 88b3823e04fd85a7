import type { PayloadOf } from "../../../shared/contracts";
import type { BillTo } from "../../../shared/contracts/invoicing";
import type { Knex } from "../../../shared/db/open-database";
import { dropLettersAbout, dropMetadataOf, forgetAnswers } from "../../../shared/events/erasure";

/**
 * Erases a customer. An invoice is a document, which keeps the name, address and tax number that it was
 * issued with; the email address and the team's own facts are no part of it.
 */
export async function eraseCustomer(
  trx: Knex.Transaction,
  { id, users }: PayloadOf<"customer.erased">,
): Promise<void> {
  const nobody: BillTo = { name: "Erased", email: null, address: null, vat_id: null };
  await trx("customers")
    .where({ id })
    .update({ bill_to: JSON.stringify(nobody) });
  const { rows } = await trx.raw<{ rows: { id: string }[] }>(
    `WITH invoiced AS (
       UPDATE invoices SET metadata = '{}', bill_to = jsonb_set(bill_to, '{email}', 'null')
       WHERE customer_id = :id RETURNING id
     ), subscribed AS (
       UPDATE billables SET metadata = '{}' WHERE customer_id = :id RETURNING subscription_id AS id
     )
     SELECT id FROM invoiced UNION ALL SELECT id FROM subscribed`,
    { id },
  );
  // What waits is never invoiced: the customer is closed. Of the rest, invoices keep the description.
  await trx("charges").where({ customer_id: id, invoice_id: null }).delete();
  await trx("charges").where({ customer_id: id }).update({ description: "Erased" });
  await dropMetadataOf(
    trx,
    rows.map((row) => row.id),
  );
  await dropLettersAbout(trx, [id, ...users]);
  await forgetAnswers(trx, [id]);
}
