import type { IdentityAction } from "../tools";
import { networkOf } from "../network";
import { insertRequest } from "../queries/reset-requests";

/**
 * Writes down that somebody has forgotten the password of an address. A worker mails the links, so that the
 * answer tells nothing.
 * @throws BillingError 429 after too many requests from the caller's network
 */
export const requestPasswordReset: IdentityAction<"identity.requestPasswordReset"> = async ({
  params: { email, client },
  transaction,
}) => {
  await transaction((trx) => insertRequest(trx, networkOf(client), email));
  return null;
};
