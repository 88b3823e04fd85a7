import { apiKey, apiKeyText } from "../../../shared/contracts/api-keys";
import { view } from "../../../shared/contracts/fields";
import type { ApiKey } from "./api-key";

/** An API key as the contract shows it. */
export const viewApiKey = (row: ApiKey) => view(apiKey, row);

/** A new key, or one with a new secret, which is shown this once. */
export const showApiKey = (row: ApiKey, secret: string) => ({
  ...viewApiKey(row),
  key: apiKeyText(row.id, secret),
});
