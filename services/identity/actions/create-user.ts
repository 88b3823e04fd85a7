import type { ActionHandler } from "../../../shared/service/service-env";
import { createAccount } from "../accounts";
import { viewUser } from "../models/user-view";

/**
 * Creates an account for somebody else, on request a staff account.
 * @throws BillingError 400 naming the field
 */
export const createUser: ActionHandler<"identity.createUser"> = async (env) => {
  return viewUser(await createAccount(env, env.params));
};
