import { endSession } from "../sessions";
import type { IdentityAction } from "../tools";

/** Signs out: ends the session of a refresh token; the answer is the same whatever the token. */
export const revoke: IdentityAction<"identity.revoke"> = async (env) => {
  await endSession(env, env.params.refresh);
  return null;
};
