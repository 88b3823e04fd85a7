import { unauthorized } from "../../../shared/errors";
import { User } from "../models/user";
import { verifyPassword } from "../passwords";
import { openSession } from "../sessions";
import { throttled } from "../login-throttle";
import type { IdentityAction } from "../tools";

/**
 * Exchanges a user name and a password for tokens. An unknown name, a wrong password and a closed account get
 * the same answer after the same work.
 * @throws BillingError 401; 429 after too many failures
 */
export const login: IdentityAction<"identity.login"> = async (env) => {
  const { username, password } = env.params;
  const session = await throttled(env, env.params, async () => {
    const user = await User.byUsername(env.db, username);
    const right = await verifyPassword(user?.password_hash ?? env.tools.dummyHash, password);
    return user !== undefined && right && user.is_active ? openSession(env, user) : undefined;
  });
  if (session === undefined) {
    throw unauthorized("token.invalid_credentials", "No active account found with the given credentials");
  }
  return session;
};
