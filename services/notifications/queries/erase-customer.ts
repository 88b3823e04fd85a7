import type { PayloadOf } from "../../../shared/contracts";
import type { Knex } from "../../../shared/db/open-database";
import { dropLettersAbout } from "../../../shared/events/erasure";
import { deliveryStates } from "../domain/delivery.state";

/**
 * Erases a customer and its users. Mails that wait are cancelled; of those that were sent stays when and
 * about what. A mail server's answer may name the address, so errors go too.
 */
export async function eraseCustomer(
  trx: Knex.Transaction,
  { id, users }: PayloadOf<"customer.erased">,
): Promise<void> {
  await trx.raw(
    `UPDATE deliveries
     SET status = CASE WHEN status = ANY(:waiting) THEN 'cancelled' ELSE status END,
       error = CASE WHEN status = ANY(:waiting) THEN 'the customer was erased' END,
       payload = CASE WHEN invoice_id IS NULL THEN '{}' ELSE payload END
     WHERE customer_id = :id OR user_id = ANY(:users::uuid[])
       OR lower(payload ->> 'other_username')
         IN (SELECT lower(username) FROM contacts WHERE user_id = ANY(:users::uuid[]))`,
    { id, users, waiting: deliveryStates.before("cancelled") },
  );
  await trx("contacts").whereIn("user_id", users).delete();
  await trx("customers").where({ id }).update({ name: "Erased", email: null, is_open: false });
  await dropLettersAbout(trx, [id, ...users]);
}
