import type { ActionHandler } from "../../../shared/service/service-env";
import { changeUser, confirmEmailOf } from "../accounts";
import { takeLink } from "../links";

/** Gives an account the address to which the link was mailed. @throws BillingError 400 naming `token` */
export const changeEmail: ActionHandler<"identity.changeEmail"> = async ({ params, transaction }) => {
  await transaction(async (trx) => {
    const { user_id, email } = await takeLink(trx, params.token, "email_change");
    const changed = await changeUser(trx, user_id as string, { email });
    await confirmEmailOf(trx, changed, new Date().toISOString());
  });
  return null;
};
