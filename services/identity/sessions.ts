import { createHash, createHmac, randomBytes } from "node:crypto";
import { sign } from "jsonwebtoken";
import type { z } from "zod";
import type { OwnSession } from "../../shared/contracts/accounts";
import { TOKEN_AUDIENCE, TOKEN_ISSUER, type accessClaims } from "../../shared/contracts/identity";
import type { ResultOf } from "../../shared/contracts";
import type { Config } from "../../shared/config/config";
import type { Knex } from "../../shared/db/open-database";
import { recordChanges, type Author } from "../../shared/events/audit-log";
import { inTransaction } from "../../shared/db/transaction";
import { ACCESS_TOKEN_S, REFRESH_GRACE_S, REFRESH_TOKEN_DAYS } from "./domain/lifetimes";
import { RefreshToken } from "./models/refresh-token";
import { Session } from "./models/session";
import { User } from "./models/user";
import { hasTotp } from "./totp";
import { customersOfUser } from "./queries/customers-of-user";
import type { SigningKeys } from "./signing-keys";
import type { IdentityEnv } from "./tools";

type TokenPair = ResultOf<"identity.refresh">;

/** A user's session. */
interface OpenSession {
  user_id: string;
  session_id: string;
  is_staff: boolean;
}

/** Nobody has more devices. */
const MAX_LISTED = 200;
const SALT_BYTES = 32;
/** A token leads through at most so many used successors to the one that is not used. */
const MAX_SUCCESSORS = 8;

const hashOf = (refresh: string): string => createHash("sha256").update(refresh).digest("hex");
const newRefreshToken = (): string => randomBytes(32).toString("base64url");

/** Only who has the token can find its successor: the database has the salt and a hash. */
const successorOf = (refresh: string, salt: Buffer): string =>
  createHmac("sha256", salt).update(refresh).digest("base64url");

/**
 * Opens a session for a user whose password was correct.
 * @param user as read before the password was checked
 * @returns undefined when the user was deactivated or got a new password in the meantime
 */
export async function openSession(
  { db, tools, config, requestId }: IdentityEnv & { requestId: string },
  user: User,
): Promise<TokenPair | undefined> {
  const refresh = newRefreshToken();
  // No doorbell: this writes no event.
  const opened = await inTransaction(db, async (trx) => {
    const session = await insertSession(trx, user, refresh);
    if (session !== undefined) await recordSession(trx, "session.opened", session, requestId);
    return session;
  });
  if (opened === undefined) return undefined;
  // Read after the session was opened: whoever takes a customer away from the user ends it.
  const customers = await customersOfUser(db, opened.user_id);
  const is_staff = await countsAsStaff({ db, config }, user.id, opened.is_staff);
  return { access: await accessToken(tools.signingKeys, { ...opened, is_staff, customers }), refresh };
}

async function insertSession(
  trx: Knex.Transaction,
  user: User,
  refresh: string,
): Promise<OpenSession | undefined> {
  // FOR SHARE waits for a running change of the user and then reads the changed row.
  const { rows } = await trx.raw<{ rows: OpenSession[] }>(
    `WITH owner AS (
       SELECT id, is_staff FROM users
       WHERE id = :id AND is_active AND password_hash = :password_hash FOR SHARE
     ), opened AS (
       INSERT INTO sessions (user_id) SELECT id FROM owner RETURNING id, user_id
     ), issued AS (
       INSERT INTO refresh_tokens (hash, session_id, expires_at)
       SELECT :hash, id, now() + make_interval(days => :days) FROM opened
     )
     SELECT opened.user_id, opened.id AS session_id, owner.is_staff FROM owner, opened`,
    { id: user.id, password_hash: user.password_hash, hash: hashOf(refresh), days: REFRESH_TOKEN_DAYS },
  );
  return rows[0];
}

/** Signing in and out, of which there are no events. */
function recordSession(
  trx: Knex.Transaction,
  action: "session.opened" | "session.ended",
  { user_id, session_id }: Pick<OpenSession, "user_id" | "session_id">,
  requestId: string,
): Promise<void> {
  return recordChanges(trx, [{ action, object: session_id }], { actor: `user:${user_id}`, requestId });
}

/**
 * Exchanges a refresh token for a new pair. For ten seconds after its use a token gives the same successor
 * again, because two tabs may use it at the same time. A later use may be a thief's: it ends the session.
 * @returns undefined when the token is unknown, used or expired, its session ended, or its user inactive
 */
export async function refreshSession(
  { db, tools, config, log, author }: IdentityEnv & { author: Author | undefined },
  refresh: string,
): Promise<TokenPair | undefined> {
  // No doorbell: this writes no event. The end of a session commits although the caller gets an error.
  const granted = await inTransaction(db, async (trx) => {
    const locked = await lockSession(trx, hashOf(refresh));
    if (locked === undefined || locked.session.ended_at !== null || !locked.user.is_active) return undefined;
    const { user, session } = locked;
    const { next, reused } = await exchange(trx, refresh);
    if (reused === true) {
      await end(trx, { id: session.id });
      // Not the user's doing: whoever has sent the old token is not known.
      await recordChanges(trx, [{ action: "session.ended_by_reuse", object: session.id }], author);
      log.warn({ user_id: user.id, session_id: session.id }, "a refresh token was reused: its session ends");
    }
    if (next === undefined) return undefined;
    const customers = await customersOfUser(trx, user.id);
    const is_staff = await countsAsStaff({ db: trx, config }, user.id, user.is_staff);
    return { next, user_id: user.id, session_id: session.id, is_staff, customers };
  });
  return granted && { access: await accessToken(tools.signingKeys, granted), refresh: granted.next };
}

/** Where staff must have a second factor, those without one have no more rights than customers. */
async function countsAsStaff(
  { db, config }: { db: Knex; config: Pick<Config, "staffTotp"> },
  userId: string,
  is_staff: boolean,
): Promise<boolean> {
  return is_staff && (config.staffTotp === "optional" || (await hasTotp(db, userId)));
}

/** Ends the session of a refresh token. An unknown or ended one changes nothing. */
export async function endSession(
  { transaction, requestId }: IdentityEnv & { requestId: string },
  refresh: string,
): Promise<void> {
  // The doorbell tells the gateways at once.
  await transaction(async (trx) => {
    const locked = await lockSession(trx, hashOf(refresh));
    if (locked === undefined || locked.session.ended_at !== null) return;
    const { user_id, id: session_id } = locked.session;
    await end(trx, { id: session_id });
    await recordSession(trx, "session.ended", { user_id, session_id }, requestId);
  });
}

/** Ends all sessions of a user whose row this transaction has locked. */
export async function endAllSessions(trx: Knex.Transaction, userId: string): Promise<void> {
  await end(trx, { user_id: userId });
}

/** The open sessions of a user, the newest first. */
export async function openSessions(db: Knex, userId: string): Promise<Omit<OwnSession, "current">[]> {
  const { rows } = await db.raw<{ rows: Omit<OwnSession, "current">[] }>(
    `SELECT sessions.id, sessions.created_at, max(token.created_at) AS last_used_at,
            max(token.expires_at) AS expires_at
     FROM sessions JOIN refresh_tokens AS token ON session_id = sessions.id
     WHERE user_id = ? AND ended_at IS NULL AND token.expires_at > now()
     GROUP BY sessions.id ORDER BY sessions.id DESC LIMIT ?`,
    [userId, MAX_LISTED],
  );
  return rows;
}

/**
 * Ends one of a user's sessions, or all but one.
 * @returns the ids of those that were open
 */
export async function endOwnSessions(
  trx: Knex.Transaction,
  user_id: string,
  which: { id: string } | { allBut: string | undefined },
): Promise<string[]> {
  await User.lock(trx, user_id);
  const query = end(trx, { user_id }).returning("id");
  if ("id" in which) void query.where({ id: which.id });
  else if (which.allBut !== undefined) void query.whereNot({ id: which.allBut });
  const ended = await query;
  const entries = ended.map(({ id }) => ({ action: "session.ended", object: id }));
  await recordChanges(trx, entries);
  return ended.map(({ id }) => id);
}

/** Locks the session's user: otherwise the end of all sessions could miss a token that is made meanwhile. */
async function lockSession(
  trx: Knex.Transaction,
  hash: string,
): Promise<{ user: User; session: Session } | undefined> {
  const owned = await Session.query(trx)
    .whereIn("id", RefreshToken.query(trx).where({ hash }).select("session_id"))
    .first();
  const user = owned && (await User.lock(trx, owned.user_id));
  const session = owned && (await Session.query(trx).findById(owned.id));
  return user && session && { user, session };
}

/** @returns the token's successor, or that the token was used before the grace, or nothing of both */
async function exchange(
  trx: Knex.Transaction,
  refresh: string,
): Promise<{ next?: string; reused?: boolean }> {
  let current = refresh;
  for (let successors = 0; successors <= MAX_SUCCESSORS; successors++) {
    const token = await readToken(trx, hashOf(current));
    if (token === undefined) return {};
    if (token.successor_salt === null) {
      return { next: current === refresh ? await issueSuccessor(trx, token, refresh) : current };
    }
    if (token.used_s > REFRESH_GRACE_S) return { reused: true };
    current = successorOf(current, token.successor_salt);
  }
  return {};
}

type Token = Pick<RefreshToken, "hash" | "session_id"> &
  ({ successor_salt: null } | { successor_salt: Buffer; used_s: number });

async function readToken(trx: Knex.Transaction, hash: string): Promise<Token | undefined> {
  const { rows } = await trx.raw<{ rows: Token[] }>(
    `SELECT hash, session_id, successor_salt,
            extract(epoch FROM clock_timestamp() - used_at)::float8 AS used_s
     FROM refresh_tokens WHERE hash = ? AND (used_at IS NOT NULL OR expires_at > now())`,
    [hash],
  );
  return rows[0];
}

async function issueSuccessor(trx: Knex.Transaction, token: Token, refresh: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const next = successorOf(refresh, salt);
  await trx.raw("UPDATE refresh_tokens SET used_at = clock_timestamp(), successor_salt = ? WHERE hash = ?", [
    salt,
    token.hash,
  ]);
  await trx.raw(
    `INSERT INTO refresh_tokens (hash, session_id, expires_at)
     VALUES (?, ?, now() + make_interval(days => ?))`,
    [hashOf(next), token.session_id, REFRESH_TOKEN_DAYS],
  );
  return next;
}

function end(trx: Knex.Transaction, whose: { id: string } | { user_id: string }) {
  return Session.query(trx)
    .patch({ ended_at: Session.raw("clock_timestamp()") })
    .where(whose)
    .whereNull("ended_at");
}

async function accessToken(
  keys: SigningKeys,
  { user_id, session_id, is_staff, customers }: OpenSession & { customers: string[] },
): Promise<string> {
  const { kid, privateKey } = await keys.current();
  const claims: z.infer<typeof accessClaims> = {
    sub: user_id,
    staff: is_staff,
    sid: session_id,
    customers,
  };
  return sign(claims, privateKey, {
    algorithm: "ES256",
    keyid: kid,
    issuer: TOKEN_ISSUER,
    audience: TOKEN_AUDIENCE,
    expiresIn: ACCESS_TOKEN_S,
  });
}
