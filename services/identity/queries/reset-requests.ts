import type { Knex } from "../../../shared/db/open-database";
import { lockInTransaction } from "../../../shared/db/locks";
import { tooMany } from "../too-many";

const WINDOW_S = 3_600;
const MOST_OF_A_NETWORK = 20;
const BATCH = 50;

/** @throws BillingError 429 after too many requests from a network in an hour */
export async function insertRequest(trx: Knex.Transaction, network: string, email: string): Promise<void> {
  await lockInTransaction(trx, "reset_requests", network);
  const { rows } = await trx.raw<{ rows: [{ count: number }] }>(
    `SELECT count(*) FROM reset_requests
     WHERE network = :network AND asked_at > clock_timestamp() - make_interval(secs => :window)`,
    { network, window: WINDOW_S },
  );
  if (rows[0].count >= MOST_OF_A_NETWORK) throw tooMany("requests from your network", WINDOW_S);
  await trx.raw("INSERT INTO reset_requests (network, email) VALUES (?, ?)", [network, email]);
}

/** Whether a request waits for its answer. */
export async function requestsWait(db: Knex): Promise<boolean> {
  const { rows } = await db.raw<{ rows: unknown[] }>("SELECT FROM reset_requests WHERE NOT answered LIMIT 1");
  return rows.length > 0;
}

/** Marks some requests as answered. @returns the addresses, each once */
export async function takeRequests(trx: Knex.Transaction): Promise<string[]> {
  const { rows } = await trx.raw<{ rows: { email: string }[] }>(
    `UPDATE reset_requests SET answered = true
     WHERE id IN (
       SELECT id FROM reset_requests WHERE NOT answered ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED
     )
     RETURNING lower(email) AS email`,
    [BATCH],
  );
  return [...new Set(rows.map(({ email }) => email))];
}

/** The active accounts with an address that have not had too many links to a new password in an hour. */
export async function accountsToReset(
  trx: Knex.Transaction,
  email: string,
  mostInAnHour: number,
): Promise<{ id: string; email: string }[]> {
  const { rows } = await trx.raw<{ rows: { id: string; email: string }[] }>(
    `SELECT id, email FROM users
     WHERE lower(email) = :email AND is_active AND (
       SELECT count(*) FROM account_links
       WHERE user_id = users.id AND purpose = 'password_reset'
         AND created_at > clock_timestamp() - make_interval(secs => :window)
     ) < :most
     ORDER BY id LIMIT :batch`,
    { email, most: mostInAnHour, window: WINDOW_S, batch: BATCH },
  );
  return rows;
}

/** Forgets answered requests that no longer count. @returns how many */
export async function dropRequests(db: Knex): Promise<number> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `DELETE FROM reset_requests
     WHERE answered AND asked_at < clock_timestamp() - make_interval(secs => ?)`,
    [WINDOW_S],
  );
  return rowCount;
}
