import { seesAll, userIdOf } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import { User } from "../models/user";
import { viewUser } from "../models/user-view";

/** Lists users in the order in which they joined: all for staff, the caller alone for others. */
export const listUsers: ActionHandler<"identity.listUsers"> = async ({
  params: { limit, cursor },
  caller,
  db,
}) => {
  const query = User.query(db)
    .orderBy("id")
    .limit(limit + 1);
  if (!seesAll(caller)) void query.where({ id: userIdOf(caller) ?? null });
  if (cursor !== undefined) void query.where("id", ">", ...decodeCursor(cursor, ID_CURSOR));
  const { items, next } = toPage(await query, limit, (user) => [user.id]);
  return { items: items.map(viewUser), next };
};
