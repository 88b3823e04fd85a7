import type { Knex } from "../../../shared/db/open-database";

/** How far the intents at Stripe have been compared with the payments (wall clock), and our mark there. */
export interface StripeListing {
  system_id: string;
  listed_until: string;
}

export async function readStripeListing(db: Knex): Promise<StripeListing> {
  const { rows } = await db.raw<{ rows: StripeListing[] }>(
    "SELECT system_id, listed_until FROM stripe_listing",
  );
  const [row] = rows;
  if (row === undefined) throw new Error("the row of stripe_listing is gone");
  return row;
}

/** Records that everything before a time has been compared; an earlier time changes nothing. */
export async function moveStripeListing(db: Knex, until: Date): Promise<void> {
  await db.raw("UPDATE stripe_listing SET listed_until = greatest(listed_until, ?)", [until]);
}
