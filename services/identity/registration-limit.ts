import { lockInTransaction } from "../../shared/db/locks";
import type { Knex } from "../../shared/db/open-database";
import { inTransaction } from "../../shared/db/transaction";
import { tooMany } from "./too-many";

/** The period in which registrations are counted. */
export const REGISTRATIONS_WINDOW_S = 3_600;

/**
 * Counts a registration from a network address, on all instances together.
 * @param limit how many one address may make in an hour
 * @throws BillingError 429 with `retry_after_s` in its data
 */
export function countRegistration(db: Knex, address: string, limit: number): Promise<void> {
  return inTransaction(db, async (trx) => {
    await lockInTransaction(trx, "registrations", address);
    const wait_s = await waitOf(trx, address, limit);
    if (wait_s !== null) throw tooMany("registrations from your network", wait_s);
    await trx.raw("INSERT INTO registrations (address) VALUES (?)", [address]);
  });
}

/** Seconds until the oldest registration that fills the limit leaves the period; null below the limit. */
async function waitOf(trx: Knex.Transaction, address: string, limit: number): Promise<number | null> {
  const { rows } = await trx.raw<{ rows: { wait_s: number }[] }>(
    `SELECT greatest(1, ceil(:window - extract(epoch FROM clock_timestamp() - registered_at)))::integer
              AS wait_s
     FROM registrations
     WHERE address = :address AND registered_at > clock_timestamp() - make_interval(secs => :window)
     ORDER BY registered_at DESC OFFSET :skipped LIMIT 1`,
    { address, window: REGISTRATIONS_WINDOW_S, skipped: limit - 1 },
  );
  return rows[0]?.wait_s ?? null;
}
