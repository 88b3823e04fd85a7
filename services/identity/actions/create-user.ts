import type { ActionHandler } from "../../../shared/service/service-env";
import { createAccount } from "../accounts";

/** Makes an account for somebody else, staff if asked to. @throws BillingError 400 naming the field */
export const createUser: ActionHandler<"identity.createUser"> = async (env) => {
  const user = await createAccount(env, env.params);
  return user.view();
};
