import type { Knex } from "../../../shared/db/open-database";
import { parseIsoInstant, type IsoInstant } from "../../../shared/time";

/** A mover that takes no step for so long is taken for dead. */
const MOVER_LEASE = "60 seconds";

/** Where the test clock stands, undefined when it was never moved. */
export async function readMovedTo(db: Knex): Promise<IsoInstant | undefined> {
  const { rows } = await db.raw<{ rows: { moved_to: string | null }[] }>("SELECT moved_to FROM clock");
  const movedTo = rows[0]?.moved_to ?? undefined;
  return movedTo === undefined ? undefined : parseIsoInstant(movedTo);
}

/** Makes `mover` the one who moves the clock; false while somebody else does. */
export async function claimClock(db: Knex, mover: string): Promise<boolean> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `UPDATE clock SET mover = ?, moving_until = clock_timestamp() + ?::interval
     WHERE moving_until IS NULL OR moving_until < clock_timestamp()`,
    [mover, MOVER_LEASE],
  );
  return rowCount === 1;
}

/** Sets the clock; false when `mover` has lost it to somebody else. */
export async function setClock(db: Knex, mover: string, to: IsoInstant): Promise<boolean> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    "UPDATE clock SET moved_to = ?, moving_until = clock_timestamp() + ?::interval WHERE mover = ?",
    [to, MOVER_LEASE, mover],
  );
  return rowCount === 1;
}

/** Lets others move the clock. */
export async function releaseClock(db: Knex, mover: string): Promise<void> {
  await db.raw("UPDATE clock SET mover = NULL, moving_until = NULL WHERE mover = ?", [mover]);
}
