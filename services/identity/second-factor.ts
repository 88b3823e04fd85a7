import { invalid, unauthorized } from "../../shared/errors";
import { throttled } from "./login-throttle";
import type { IdentityEnv } from "./tools";
import { hasTotp, takeCode } from "./totp";

/**
 * Asks a user whose password was right for the second factor, where there is one. Wrong codes are counted by
 * themselves, for the user alone.
 * @throws BillingError 401 `token.code_required` without a code, `token.invalid_code` for a wrong one; 429
 *   after too many wrong ones
 */
export async function requireSecondFactor(
  env: IdentityEnv,
  userId: string,
  code: string | undefined,
): Promise<void> {
  if (!(await hasTotp(env.db, userId))) return;
  if (code === undefined)
    throw unauthorized("token.code_required", "Send the code of your authenticator app, too.");
  if (!(await isAccepted(env, userId, code)))
    throw unauthorized("token.invalid_code", "The code is not right, or was used before.");
}

/** @throws BillingError 400 naming `code`; 429 after too many wrong ones */
export async function requireCode(env: IdentityEnv, userId: string, code: string): Promise<void> {
  if (!(await isAccepted(env, userId, code)))
    throw invalid({ field: "code", message: "is not right, or was used before" });
}

async function isAccepted(env: IdentityEnv, userId: string, code: string): Promise<boolean> {
  const attempt = { username: `${userId} code`, origin: { kind: "user" as const, id: userId } };
  const accepted = await throttled(env, attempt, async () =>
    (await takeCode(env.db, userId, code, Date.now())) ? true : undefined,
  );
  return accepted === true;
}
