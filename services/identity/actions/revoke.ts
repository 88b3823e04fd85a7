import type { ActionHandler } from "../../../shared/service/service-env";
import { endSession } from "../sessions";
import type { IdentityTools } from "../tools";

/** Signs out: ends the session of a refresh token; the answer is the same whatever the token. */
export const revoke: ActionHandler<"identity.revoke", IdentityTools> = async (env) => {
  await endSession(env, env.params.refresh);
  return null;
};
