import { createHash, randomBytes } from "node:crypto";
import { sign } from "jsonwebtoken";
import type { z } from "zod";
import { TOKEN_AUDIENCE, TOKEN_ISSUER, type accessClaims } from "../../shared/contracts/identity";
import type { ResultOf } from "../../shared/contracts";
import type { Knex } from "../../shared/db/open-database";
import { inTransaction } from "../../shared/db/transaction";
import { ACCESS_TOKEN_S, REFRESH_TOKEN_DAYS } from "./domain/lifetimes";
import { RefreshToken } from "./models/refresh-token";
import { User } from "./models/user";
import type { SigningKeys } from "./signing-keys";
import type { IdentityEnv } from "./tools";

type TokenPair = ResultOf<"identity.login">;
type TokenOwner = Pick<User, "id" | "is_staff" | "token_version">;

const hashOf = (refresh: string): string => createHash("sha256").update(refresh).digest("hex");
const newRefreshToken = (): string => randomBytes(32).toString("base64url");

/**
 * Opens a session for a user whose password was correct.
 * @param user as read before the password was checked
 * @returns undefined when the user was deactivated or got a new password in the meantime
 */
export async function openSession({ db, tools }: IdentityEnv, user: User): Promise<TokenPair | undefined> {
  const refresh = newRefreshToken();
  // FOR SHARE waits for a running change of the user and then reads the changed row.
  const { rows } = await db.raw<{ rows: TokenOwner[] }>(
    `WITH owner AS (
       SELECT id, is_staff, token_version FROM users
       WHERE id = :id AND is_active AND password_hash = :password_hash FOR SHARE
     ), opened AS (
       INSERT INTO refresh_tokens (hash, family, user_id, expires_at)
       SELECT :hash, uuidv7(), id, now() + make_interval(days => :days) FROM owner
     )
     SELECT id, is_staff, token_version FROM owner`,
    { id: user.id, password_hash: user.password_hash, hash: hashOf(refresh), days: REFRESH_TOKEN_DAYS },
  );
  const [owner] = rows;
  return owner && { access: await accessToken(tools.signingKeys, owner), refresh };
}

/**
 * Exchanges a refresh token for a new pair. A token that is used twice may be stolen, so its whole family is
 * revoked; also when both uses come at the same time, because that looks the same as a theft.
 * @returns undefined when the token is unknown, used, revoked or expired, or its user inactive
 */
export async function refreshSession(
  { db, tools, log }: IdentityEnv,
  refresh: string,
): Promise<TokenPair | undefined> {
  const hash = hashOf(refresh);
  const next = newRefreshToken();
  // No doorbell: this writes no event. A revocation commits although the caller gets an error.
  const owner = await inTransaction(db, async (trx) => {
    const locked = await lockOwner(trx, hash);
    if (locked === undefined) return undefined;
    const { user, family } = locked;
    if (user.is_active && (await markUsed(trx, hash))) {
      await trx.raw(
        `INSERT INTO refresh_tokens (hash, family, user_id, expires_at)
         VALUES (?, ?, ?, now() + make_interval(days => ?))`,
        [hashOf(next), family, user.id, REFRESH_TOKEN_DAYS],
      );
      return user;
    }
    const wasUsed = await RefreshToken.query(trx).findById(hash).whereNotNull("used_at");
    if (wasUsed !== undefined && (await revoke(trx, { family })) > 0) {
      log.warn({ user_id: user.id, family }, "a refresh token was used twice: its family is revoked");
    }
    return undefined;
  });
  return owner && { access: await accessToken(tools.signingKeys, owner), refresh: next };
}

/** Ends the session of a refresh token. An unknown or ended one changes nothing. */
export async function endSession({ db }: IdentityEnv, refresh: string): Promise<void> {
  await inTransaction(db, async (trx) => {
    const locked = await lockOwner(trx, hashOf(refresh));
    if (locked !== undefined) await revoke(trx, { family: locked.family });
  });
}

/** Revokes all refresh tokens of a user whose row this transaction has locked. */
export async function endAllSessions(trx: Knex.Transaction, userId: string): Promise<void> {
  await revoke(trx, { user_id: userId });
}

/** Locks the owner of a token: otherwise a revocation could miss a token that is created at the same time. */
async function lockOwner(
  trx: Knex.Transaction,
  hash: string,
): Promise<{ user: User; family: string } | undefined> {
  const token = await RefreshToken.query(trx).findById(hash);
  const user = token && (await User.lock(trx, token.user_id));
  return user && { user, family: token.family };
}

async function markUsed(trx: Knex.Transaction, hash: string): Promise<boolean> {
  const { rowCount } = await trx.raw<{ rowCount: number }>(
    `UPDATE refresh_tokens SET used_at = now()
     WHERE hash = ? AND used_at IS NULL AND revoked_at IS NULL AND expires_at > now()`,
    [hash],
  );
  return rowCount === 1;
}

function revoke(trx: Knex.Transaction, whose: { family: string } | { user_id: string }) {
  return RefreshToken.query(trx)
    .patch({ revoked_at: RefreshToken.fn.now() })
    .where(whose)
    .whereNull("revoked_at");
}

async function accessToken(keys: SigningKeys, { id, is_staff, token_version }: TokenOwner): Promise<string> {
  const { kid, privateKey } = await keys.current();
  const claims: z.infer<typeof accessClaims> = { sub: id, staff: is_staff, ver: token_version };
  return sign(claims, privateKey, {
    algorithm: "ES256",
    keyid: kid,
    issuer: TOKEN_ISSUER,
    audience: TOKEN_AUDIENCE,
    expiresIn: ACCESS_TOKEN_S,
  });
}
