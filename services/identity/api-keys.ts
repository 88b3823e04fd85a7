import type { Knex } from "../../shared/db/open-database";
import { conflict, notFound } from "../../shared/errors";
import { ApiKey } from "./models/api-key";

/**
 * Locks a key that is to be changed.
 * @throws BillingError 404; 409 for one that is revoked or has expired
 */
export async function lockUsableKey(trx: Knex.Transaction, id: string): Promise<ApiKey> {
  const key = await ApiKey.lock(trx, id);
  if (key === undefined) throw notFound("api key");
  if (key.revoked_at !== null) throw conflict("api_key.revoked", "This API key is revoked.");
  if (key.expires_at !== null && Date.parse(key.expires_at) <= Date.now())
    throw conflict("api_key.expired", "This API key has expired.");
  return key;
}
