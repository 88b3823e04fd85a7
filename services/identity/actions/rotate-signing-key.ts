import type { ActionHandler } from "../../../shared/service/service-env";
import type { IdentityTools } from "../tools";

/** Makes a new signing key; the old one's public half stays for as long as tokens live. */
export const rotateSigningKey: ActionHandler<"identity.rotateSigningKey", IdentityTools> = async ({
  tools,
}) => ({
  kid: await tools.signingKeys.rotate(),
});
