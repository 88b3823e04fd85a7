import type { ActionHandler } from "../../../shared/service/service-env";
import { createAccount } from "../accounts";

/**
 * Signs somebody up as a customer; staff are never made this way.
 * @throws BillingError 400 naming the field
 */
export const register: ActionHandler<"identity.register"> = async (env) => {
  const user = await createAccount(env, { ...env.params, is_staff: false });
  return user.view();
};
