import type { ActionHandler } from "../../../shared/service/service-env";
import type { IdentityTools } from "../tools";

/** Gives the keys that verify access tokens, the active one first. */
export const publicKeys: ActionHandler<"identity.publicKeys", IdentityTools> = ({ tools }) =>
  tools.signingKeys.publicKeys();
