import { unauthorized } from "../../../shared/errors";
import { refreshSession } from "../sessions";
import type { IdentityAction } from "../tools";

/** Exchanges a refresh token for a new pair. @throws BillingError 401, whatever is wrong with the token */
export const refresh: IdentityAction<"identity.refresh"> = async (env) => {
  const session = await refreshSession(env, env.params.refresh);
  if (session === undefined) throw unauthorized("token.invalid", "The refresh token is invalid or expired.");
  return session;
};
