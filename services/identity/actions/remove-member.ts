import { conflict, notFound } from "../../../shared/errors";
import { seesAll } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { lockCustomer } from "../customers";
import { takeMemberAway } from "../members";
import { User } from "../models/user";

/**
 * Takes a user away from a customer. The last active one can be taken away by staff and API keys only: nobody
 * else could invite another.
 * @throws BillingError 404; 409 for the last active member
 */
export const removeMember: ActionHandler<"identity.removeMember"> = async ({
  params,
  caller,
  transaction,
}) => {
  await transaction(async (trx) => {
    const user = await User.lock(trx, params.user);
    const customer = await lockCustomer(trx, params.customer, caller);
    if (user === undefined) throw notFound("member");
    await takeMemberAway(trx, customer.id, user.id);
    if (seesAll(caller)) return;
    const left = await trx("customer_users")
      .join("users", "users.id", "user_id")
      .where({ customer_id: customer.id, is_active: true });
    if (left.length === 0)
      throw conflict("customer.last_member", "This is the last member. Invite another one first.");
  });
  return null;
};
