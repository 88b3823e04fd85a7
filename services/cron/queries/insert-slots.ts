import type { Knex } from "../../../shared/db/open-database";
import type { Slot } from "../domain/slots";

/**
 * Records slots.
 * @returns the new ones, in the given order. It waits for other instances that are recording the same ones.
 */
export async function insertSlots(trx: Knex.Transaction, slots: readonly Slot[]): Promise<Slot[]> {
  const { rows } = await trx.raw<{ rows: Pick<Slot, "job" | "as_of">[] }>(
    `INSERT INTO slots (job, slot, as_of)
     SELECT job, slot, as_of FROM jsonb_to_recordset(?::jsonb) AS slot(job text, slot timestamptz, as_of date)
     ON CONFLICT DO NOTHING
     RETURNING job, as_of`,
    [JSON.stringify(slots)],
  );
  const inserted = new Set(rows.map(({ job, as_of }) => `${job} ${as_of}`));
  return slots.filter(({ job, as_of }) => inserted.has(`${job} ${as_of}`));
}
