import type { IdentityAction } from "../tools";

/** Creates a new signing key. The old public key stays as long as tokens of it may be valid. */
export const rotateSigningKey: IdentityAction<"identity.rotateSigningKey"> = async ({ tools, author }) => ({
  kid: await tools.signingKeys.rotate(author),
});
