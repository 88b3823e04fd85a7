import { changeUser, requireGoodPassword } from "../accounts";
import { findOpenLink, takeLink } from "../links";
import { User } from "../models/user";
import { hashPassword } from "../passwords";
import type { IdentityAction } from "../tools";

/**
 * Sets a new password by the link that was mailed, and ends all sessions and the other links of the user.
 * @throws BillingError 400 naming the field; 503 when too much waits to be hashed
 */
export const resetPassword: IdentityAction<"identity.resetPassword"> = async (env) => {
  const { token, password } = env.params;
  const link = await findOpenLink(env.db, token, "password_reset");
  const user = await User.query(env.db)
    .findById(link.user_id as string)
    .throwIfNotFound();
  requireGoodPassword(password, user);
  const password_hash = await env.tools.hashing.run(`reset ${user.id}`, () => hashPassword(password));
  await env.transaction(async (trx) => {
    await takeLink(trx, token, "password_reset");
    await changeUser(trx, user.id, { password_hash });
  });
  return null;
};
