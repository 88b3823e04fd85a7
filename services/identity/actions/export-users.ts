import { columnsOf, view } from "../../../shared/contracts/fields";
import { exportedUser, user } from "../../../shared/contracts/identity";
import type { Knex } from "../../../shared/db/open-database";
import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import type { ActionHandler } from "../../../shared/service/service-env";
import type { User } from "../models/user";

/** A page of the users who belong to a customer, each with what is kept about signing in. */
export const exportUsers: ActionHandler<"identity.exportUsers"> = async ({
  params: { customer: customer_id, limit, cursor },
  db,
}) => {
  const query = db("customer_users")
    .join("users", "users.id", "user_id")
    .where({ customer_id })
    .orderBy("users.id")
    .limit(limit + 1)
    .select<(User & { joined_at: string })[]>(...columnsOf(user).map((each) => `users.${each}`), "joined_at");
  if (cursor !== undefined) void query.where("users.id", ">", ...decodeCursor(cursor, ID_CURSOR));
  const { items, next } = toPage(await query, limit, ({ id }) => [id]);
  const sessions = await openSessions(
    db,
    items.map(({ id }) => id),
  );
  const attempts = await failedAttempts(
    db,
    items.map(({ username }) => username),
  );
  return {
    items: items.map((row) =>
      view(exportedUser, row, {
        sessions: sessions
          .filter(({ user_id }) => user_id === row.id)
          .map(({ id, created_at }) => ({ id, created_at })),
        failed_sign_ins: attempts
          .filter(({ username }) => username === row.username.toLowerCase())
          .map(({ origin, attempted_at }) => ({ origin, attempted_at })),
      }),
    ),
    next,
  };
};

interface OpenSession {
  id: string;
  user_id: string;
  created_at: string;
}

async function openSessions(db: Knex, users: string[]): Promise<OpenSession[]> {
  return db("sessions").whereIn("user_id", users).whereNull("ended_at").orderBy("id").select("*");
}

interface FailedAttempt {
  username: string;
  origin: string;
  attempted_at: string;
}

async function failedAttempts(db: Knex, usernames: string[]): Promise<FailedAttempt[]> {
  const { rows } = await db.raw<{ rows: FailedAttempt[] }>(
    `SELECT username, origin, attempted_at FROM login_attempts
     WHERE username IN (SELECT lower(name) FROM unnest(?::text[]) AS name) AND failed ORDER BY id`,
    [usernames],
  );
  return rows;
}
