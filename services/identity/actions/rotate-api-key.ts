import { recordChanges } from "../../../shared/events/audit-log";
import type { ActionHandler } from "../../../shared/service/service-env";
import { lockUsableKey } from "../api-keys";
import { newSecret } from "../secret";
import { showApiKey } from "../models/api-key-view";

/**
 * Gives an API key a new secret and shows it, this once. The present one stays valid for the overlap; the one
 * before it, if it still was, ends now.
 * @throws BillingError 404; 409 for a revoked or expired key
 */
export const rotateApiKey: ActionHandler<"identity.rotateApiKey"> = async ({ params, transaction }) => {
  const { id, overlap_s } = params;
  const { secret, sha256 } = newSecret();
  const rotated = await transaction(async (trx) => {
    const key = await lockUsableKey(trx, id);
    await recordChanges(trx, [{ action: "api_key.rotated", object: id, details: { overlap_s } }]);
    return key.rotate(trx, sha256, overlap_s);
  });
  return showApiKey(rotated, secret);
};
