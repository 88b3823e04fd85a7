import { recordChanges } from "../../../shared/events/audit-log";
import { notFound } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { ApiKey } from "../models/api-key";

/** Ends an API key for good, with all its secrets. Repeating it changes nothing. @throws BillingError 404 */
export const revokeApiKey: ActionHandler<"identity.revokeApiKey"> = async ({ params, transaction }) => {
  await transaction(async (trx) => {
    const key = await ApiKey.lock(trx, params.id);
    if (key === undefined) throw notFound("api key");
    if (key.revoked_at !== null) return;
    await key.revoke(trx);
    await recordChanges(trx, [{ action: "api_key.revoked", object: params.id }]);
  });
  return null;
};
