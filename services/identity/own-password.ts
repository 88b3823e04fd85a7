import { invalid } from "../../shared/errors";
import { throttled, type LoginAttempt } from "./login-throttle";
import type { User } from "./models/user";
import { verifyPassword } from "./passwords";
import type { IdentityEnv } from "./tools";

/**
 * Checks the password of a signed-in user again. It is throttled like a login: a stolen access token must not
 * help to guess the password.
 * @param field that holds it, for the error
 * @throws BillingError 400 naming the field; 429 after too many wrong ones
 */
export async function requireOwnPassword(
  env: IdentityEnv,
  user: User,
  password: string,
  field: "password" | "current_password",
): Promise<void> {
  // Counted by id: a new user name must not start the count again.
  const attempt: LoginAttempt = { username: user.id, origin: { kind: "user", id: user.id } };
  const right = await throttled(env, attempt, async () =>
    (await verifyPassword(user.password_hash, password)) ? true : undefined,
  );
  if (right === undefined) throw invalid({ field, message: "is not your password" });
}
