import { randomBytes } from "node:crypto";
import { verify } from "otplib";
import type { Knex } from "../../shared/db/open-database";
import { hashOfSecret } from "./secret";

const PERIOD_S = 30;
const RECOVERY_CODES = 10;
const RECOVERY_BYTES = 10;
const CODE = /^\d{6}$/;

/** A user's second factor. */
interface Totp {
  secret: string;
  /** wall clock; null until its first code was right */
  confirmed_at: string | null;
  last_step: number;
}

export async function findTotp(db: Knex, userId: string): Promise<Totp | undefined> {
  const { rows } = await db.raw<{ rows: Totp[] }>(
    "SELECT secret, confirmed_at, last_step FROM totp WHERE user_id = ?",
    [userId],
  );
  return rows[0];
}

/** Whether a user signs in with a second factor. */
export async function hasTotp(db: Knex, userId: string): Promise<boolean> {
  const totp = await findTotp(db, userId);
  return totp !== undefined && totp.confirmed_at !== null;
}

/** Writes a secret that does not count yet, in place of one that did not. */
export async function startTotp(trx: Knex.Transaction, userId: string, secret: string): Promise<void> {
  await trx.raw(
    `INSERT INTO totp (user_id, secret) VALUES (?, ?)
     ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = clock_timestamp()
     WHERE totp.confirmed_at IS NULL`,
    [userId, secret],
  );
}

/**
 * Accepts a code of the user's device, or a recovery code, each once. Of several at the same time one is
 * accepted. A code of the step before or after this one counts too, because clocks differ.
 * @param now_ms the wall clock
 * @returns whether it was accepted
 */
export async function takeCode(db: Knex, userId: string, code: string, now_ms: number): Promise<boolean> {
  if (!CODE.test(code)) return takeRecoveryCode(db, userId, code);
  const totp = await findTotp(db, userId);
  if (totp === undefined) return false;
  const result = await verify({
    secret: totp.secret,
    token: code,
    epoch: Math.floor(now_ms / 1000),
    epochTolerance: PERIOD_S,
  });
  if (!result.valid || !("timeStep" in result)) return false;
  const { rowCount } = await db.raw<{ rowCount: number }>(
    "UPDATE totp SET last_step = :step WHERE user_id = :userId AND last_step < :step",
    { step: result.timeStep, userId },
  );
  return rowCount === 1;
}

async function takeRecoveryCode(db: Knex, userId: string, code: string): Promise<boolean> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `UPDATE totp SET recovery = array_remove(recovery, :hash)
     WHERE user_id = :userId AND confirmed_at IS NOT NULL AND :hash = ANY(recovery)`,
    { hash: hashOfSecret(code.toLowerCase()), userId },
  );
  return rowCount === 1;
}

/** Makes the second factor count. @returns the recovery codes, which are shown this once */
export async function confirmTotp(trx: Knex.Transaction, userId: string): Promise<string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, () => randomBytes(RECOVERY_BYTES).toString("hex"));
  await trx.raw(
    "UPDATE totp SET confirmed_at = clock_timestamp(), recovery = :hashes WHERE user_id = :userId",
    { hashes: codes.map(hashOfSecret), userId },
  );
  return codes;
}

/** @returns whether there was a second factor */
export async function removeTotp(trx: Knex.Transaction, userId: string): Promise<boolean> {
  const { rowCount } = await trx.raw<{ rowCount: number }>("DELETE FROM totp WHERE user_id = ?", [userId]);
  return rowCount === 1;
}
