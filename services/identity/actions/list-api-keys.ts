import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import type { ActionHandler } from "../../../shared/service/service-env";
import { ApiKey } from "../models/api-key";
import { viewApiKey } from "../models/api-key-view";

/** Lists API keys in the order in which they were made, also those that are revoked or have expired. */
export const listApiKeys: ActionHandler<"identity.listApiKeys"> = async ({
  params: { limit, cursor },
  db,
}) => {
  const query = ApiKey.query(db)
    .orderBy("id")
    .limit(limit + 1);
  if (cursor !== undefined) void query.where("id", ">", ...decodeCursor(cursor, ID_CURSOR));
  const { items, next } = toPage(await query, limit, ({ id }) => [id]);
  return { items: items.map(viewApiKey), next };
};
