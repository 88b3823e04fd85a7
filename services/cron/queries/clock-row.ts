import type { Knex } from "../../../shared/db/open-database";
import { parseIsoInstant, type IsoInstant } from "../../../shared/time";

/** After this time without a step, another call may move the clock. */
const LEASE = "60 seconds";

/** The time of the test clock; undefined when it was never moved. */
export async function readMovedTo(db: Knex): Promise<IsoInstant | undefined> {
  const { rows } = await db.raw<{ rows: { moved_to: string | null }[] }>("SELECT moved_to FROM clock");
  const movedTo = rows[0]?.moved_to ?? undefined;
  return movedTo === undefined ? undefined : parseIsoInstant(movedTo);
}

/** Claims the clock for one move; false while another one holds it. */
export async function claimClock(db: Knex, moveId: string): Promise<boolean> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `UPDATE clock SET mover = ?, moving_until = clock_timestamp() + ?::interval
     WHERE moving_until IS NULL OR moving_until < clock_timestamp()`,
    [moveId, LEASE],
  );
  return rowCount === 1;
}

/** Sets the clock; false when another move has claimed it. */
export async function setClock(db: Knex, moveId: string, to: IsoInstant): Promise<boolean> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    "UPDATE clock SET moved_to = ?, moving_until = clock_timestamp() + ?::interval WHERE mover = ?",
    [to, LEASE, moveId],
  );
  return rowCount === 1;
}

/** Ends the claim. */
export async function releaseClock(db: Knex, moveId: string): Promise<void> {
  await db.raw("UPDATE clock SET mover = NULL, moving_until = NULL WHERE mover = ?", [moveId]);
}
