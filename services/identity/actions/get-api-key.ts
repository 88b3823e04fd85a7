import { notFound } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { ApiKey } from "../models/api-key";
import { viewApiKey } from "../models/api-key-view";

/** One API key, without its secret. @throws BillingError 404 */
export const getApiKey: ActionHandler<"identity.getApiKey"> = async ({ params, db }) => {
  const key = await ApiKey.query(db).findById(params.id);
  if (key === undefined) throw notFound("api key");
  return viewApiKey(key);
};
