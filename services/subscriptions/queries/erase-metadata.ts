import type { PayloadOf } from "../../../shared/contracts";
import type { Knex } from "../../../shared/db/open-database";
import { dropLettersAbout, dropMetadataOf, forgetAnswers } from "../../../shared/events/erasure";

/** Erases what the team has noted about the subscriptions of a customer, also in events. */
export async function eraseMetadata(
  trx: Knex.Transaction,
  { id, users }: PayloadOf<"customer.erased">,
): Promise<void> {
  const { rows } = await trx.raw<{ rows: { id: string }[] }>(
    "UPDATE subscriptions SET metadata = '{}' WHERE customer_id = ? RETURNING id",
    [id],
  );
  await dropMetadataOf(
    trx,
    rows.map((row) => row.id),
  );
  await dropLettersAbout(trx, [id, ...users]);
  await forgetAnswers(trx, [id]);
}
