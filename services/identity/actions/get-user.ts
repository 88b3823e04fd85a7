import { requireSelf } from "../../../shared/service/caller";
import { notFound } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { User } from "../models/user";
import { viewUser } from "../models/user-view";

/** Gives one user: the caller, or anybody for staff. @throws BillingError 404 */
export const getUser: ActionHandler<"identity.getUser"> = async ({ params: { id }, caller, db }) => {
  requireSelf(caller, id);
  const user = await User.query(db).findById(id);
  if (user === undefined) throw notFound("user");
  return viewUser(user);
};
