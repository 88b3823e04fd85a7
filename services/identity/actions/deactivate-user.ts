import { requireSelf } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { changeAccount } from "../accounts";

/**
 * Closes an account: the caller's own, or any for staff. The row stays, because invoices refer to it.
 * Repeating it changes nothing.
 * @throws BillingError 404; 409 for the last active staff account
 */
export const deactivateUser: ActionHandler<"identity.deactivateUser"> = async (env) => {
  requireSelf(env.caller, env.params.id);
  await changeAccount(env, env.params.id, { is_active: false });
  return null;
};
