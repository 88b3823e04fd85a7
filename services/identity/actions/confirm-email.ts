import { recordChanges } from "../../../shared/events/audit-log";
import type { ActionHandler } from "../../../shared/service/service-env";
import { confirmEmailOf } from "../accounts";
import { takeLink } from "../links";
import { User } from "../models/user";

/** Confirms the address to which the link was mailed. @throws BillingError 400 naming `token` */
export const confirmEmail: ActionHandler<"identity.confirmEmail"> = async ({ params, transaction }) => {
  await transaction(async (trx) => {
    const { user_id } = await takeLink(trx, params.token, "email_confirmation");
    const user = await User.lock(trx, user_id as string).throwIfNotFound();
    await confirmEmailOf(trx, user, new Date().toISOString());
    await recordChanges(trx, [{ action: "user.email_confirmed", object: user.id }]);
  });
  return null;
};
