import type { Knex } from "../db/open-database";

/**
 * Forgets the answers that are kept for repeated requests and name one of some objects. The requests stay
 * done: sent again, they have no effect, and get 409.
 */
export async function forgetAnswers(trx: Knex.Transaction, ids: readonly string[]): Promise<void> {
  await trx.raw(
    `UPDATE idempotency_records SET answer = NULL
     WHERE done AND EXISTS (SELECT FROM unnest(?::text[]) AS id WHERE strpos(answer::text, id) > 0)`,
    [[...ids]],
  );
}

/** Removes the events about some objects that could not be consumed. */
export async function dropLettersAbout(trx: Knex.Transaction, ids: readonly string[]): Promise<void> {
  await trx.raw(
    `DELETE FROM dead_letters WHERE type <> 'customer.erased' AND subject_id = ANY(?::text[])
       AND (type LIKE 'customer.%' OR type LIKE 'user.%')`,
    [[...ids]],
  );
}

/** Takes the metadata out of the events about some objects, those of the outbox and those that wait. */
export async function dropMetadataOf(trx: Knex.Transaction, ids: readonly string[]): Promise<void> {
  for (const table of ["outbox", "dead_letters"])
    await trx.raw(
      `UPDATE ${table} SET payload = jsonb_set(payload, '{metadata}', '{}')
       WHERE payload -> 'metadata' IS NOT NULL AND payload ->> 'id' = ANY(?::text[])`,
      [[...ids]],
    );
}
