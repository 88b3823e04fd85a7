import type { ActionHandler } from "../../../shared/service/service-env";
import type { IdentityTools } from "../tools";

/** Creates a new signing key. The old public key stays as long as tokens of it may be valid. */
export const rotateSigningKey: ActionHandler<"identity.rotateSigningKey", IdentityTools> = async ({
  tools,
}) => ({
  kid: await tools.signingKeys.rotate(),
});
