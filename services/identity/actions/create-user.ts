import { userIdOf } from "../../../shared/service/caller";
import { createAccount, requireGoodPassword } from "../accounts";
import { textOf } from "../domain/origin";
import { viewUser } from "../models/user-view";
import type { IdentityAction } from "../tools";

/**
 * Creates an account for somebody else, on request a staff account.
 * @throws BillingError 400 naming the field; 503 when too much waits to be hashed
 */
export const createUser: IdentityAction<"identity.createUser"> = async (env) => {
  requireGoodPassword(env.params.password, env.params);
  const origin = textOf({ kind: "user", id: userIdOf(env.caller) ?? "operator" });
  return viewUser(await env.tools.hashing.run(origin, () => createAccount(env, env.params)));
};
