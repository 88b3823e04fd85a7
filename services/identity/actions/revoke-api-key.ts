import { notFound } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { ApiKey } from "../models/api-key";

/** Ends an API key for good, with all its secrets. Repeating it changes nothing. @throws BillingError 404 */
export const revokeApiKey: ActionHandler<"identity.revokeApiKey"> = async ({ params, transaction }) => {
  await transaction(async (trx) => {
    const key = await ApiKey.lock(trx, params.id);
    if (key === undefined) throw notFound("api key");
    if (key.revoked_at === null) await key.revoke(trx);
  });
  return null;
};
