import type { IdentityAction } from "../tools";

/** Gives the keys that verify access tokens, the active one first. */
export const publicKeys: IdentityAction<"identity.publicKeys"> = ({ tools }) =>
  tools.signingKeys.publicKeys();
