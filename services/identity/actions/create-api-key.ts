import { recordChanges } from "../../../shared/events/audit-log";
import { invalid } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { newSecret } from "../secret";
import { ApiKey } from "../models/api-key";
import { showApiKey } from "../models/api-key-view";

/** Makes an API key and shows it, this once. @throws BillingError 400 naming expires_at */
export const createApiKey: ActionHandler<"identity.createApiKey"> = async ({ params, transaction }) => {
  const { expires_at = null, ...fields } = params;
  if (expires_at !== null && Date.parse(expires_at) <= Date.now())
    throw invalid({ field: "expires_at", message: "must be in the future" });
  const { secret, sha256 } = newSecret();
  const row = await transaction(async (trx) => {
    const created = await ApiKey.query(trx)
      .insert({ ...fields, expires_at, secret_sha256: sha256 })
      .returning("*");
    const details = { scope: created.scope, expires_at };
    await recordChanges(trx, [{ action: "api_key.created", object: created.id, details }]);
    return created;
  });
  return showApiKey(row, secret);
};
