import { requireOwner } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { changeAccount } from "../accounts";

/**
 * Closes an account, one's own unless one is staff; its row stays, as the books speak of it. Again: no
 * effect.
 * @throws BillingError 404; 409 for the last active staff account
 */
export const deactivateUser: ActionHandler<"identity.deactivateUser"> = async (env) => {
  requireOwner(env.caller, env.params.id, "user");
  await changeAccount(env, env.params.id, { is_active: false });
  return null;
};
