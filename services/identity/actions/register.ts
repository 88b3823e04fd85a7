import type { ActionHandler } from "../../../shared/service/service-env";
import { createAccount } from "../accounts";
import { viewUser } from "../models/user-view";

/** Signs a customer up; never creates a staff account. @throws BillingError 400 naming the field */
export const register: ActionHandler<"identity.register"> = async (env) => {
  return viewUser(await createAccount(env, { ...env.params, is_staff: false }));
};
