import type { ActionHandler } from "../../../shared/service/service-env";
import { ApiKey } from "../models/api-key";

/** What the gateway needs to check a key: the hashes of its secrets, and its ends. null for no such key. */
export const findApiKey: ActionHandler<"identity.findApiKey"> = async ({ params, db }) => {
  const key = await ApiKey.query(db).findById(params.id);
  if (key === undefined) return null;
  const { scope, rate_limit, expires_at, old_secret_sha256: old, old_secret_until } = key;
  const secrets = [{ sha256: key.secret_sha256.toString("base64"), until: null as string | null }];
  if (old !== null) secrets.push({ sha256: old.toString("base64"), until: old_secret_until });
  return { scope, rate_limit, expires_at, revoked: key.revoked_at !== null, secrets };
};
