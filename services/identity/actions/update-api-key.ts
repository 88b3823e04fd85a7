import { recordChanges } from "../../../shared/events/audit-log";
import type { ActionHandler } from "../../../shared/service/service-env";
import { lockUsableKey } from "../api-keys";
import { ApiKey } from "../models/api-key";
import { viewApiKey } from "../models/api-key-view";

/** Changes an API key's name or limit. @throws BillingError 404; 409 for a revoked or expired key */
export const updateApiKey: ActionHandler<"identity.updateApiKey"> = async ({ params, transaction }) => {
  const { id, name, rate_limit } = params;
  const change = {
    ...(name === undefined ? {} : { name }),
    ...(rate_limit === undefined ? {} : { rate_limit }),
  };
  const changed = await transaction(async (trx) => {
    const key = await lockUsableKey(trx, id);
    if (Object.keys(change).length === 0) return key;
    await recordChanges(trx, [{ action: "api_key.updated", object: id, details: change }]);
    return ApiKey.query(trx).patchAndFetchById(id, change);
  });
  return viewApiKey(changed);
};
