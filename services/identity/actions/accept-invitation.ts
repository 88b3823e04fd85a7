import { invalid, unauthorized } from "../../../shared/errors";
import { userIdOf } from "../../../shared/service/caller";
import { insertUser, requireGoodPassword, withFieldNames } from "../accounts";
import { findOpenLink, takeLink } from "../links";
import { addMember } from "../members";
import { User } from "../models/user";
import { hashPassword } from "../passwords";
import type { IdentityAction, IdentityEnv } from "../tools";

/**
 * Lets a user belong to the customer that a link invites to: the signed-in one, or a new one, whose address
 * the link has confirmed. A new one is no customer of its own.
 * @throws BillingError 400 naming the field; 409 for a closed customer, or for a user with too many; 503 when
 *   too much waits to be hashed
 */
export const acceptInvitation: IdentityAction<"identity.acceptInvitation"> = async (env) => {
  const { token, username, password } = env.params;
  const userId = userIdOf(env.caller);
  if (userId !== undefined) {
    if (username !== undefined) throw notBoth("username");
    if (password !== undefined) throw notBoth("password");
    return join(env, token, userId);
  }
  // Whether the link is good comes first: only then is a form to be filled in.
  const { email } = await findOpenLink(env.db, token, "invitation");
  if (username === undefined) throw missing("username");
  if (password === undefined) throw missing("password");
  requireGoodPassword(password, { username, email });
  const password_hash = await env.tools.hashing.runSignUp(`invited ${email}`, () => hashPassword(password));
  return withFieldNames(
    env.transaction(async (trx) => {
      const { customer_id } = await takeLink(trx, token, "invitation");
      const email_confirmed_at = new Date().toISOString();
      const account = { username, email, password_hash, is_staff: false, email_confirmed_at };
      const user = await insertUser(trx, account);
      await addMember(trx, customer_id as string, user.id);
      return { customer: customer_id as string, user: user.id };
    }),
  );
};

function join(env: IdentityEnv, token: string, userId: string) {
  return env.transaction(async (trx) => {
    const user = await User.lock(trx, userId);
    if (user?.is_active !== true)
      throw unauthorized("request.not_authenticated", "Authentication credentials were not provided.");
    const { customer_id } = await takeLink(trx, token, "invitation");
    await addMember(trx, customer_id as string, user.id);
    return { customer: customer_id as string, user: user.id };
  });
}

function notBoth(field: string) {
  return invalid({ field, message: "is for a new account, and you are signed in" });
}

function missing(field: string) {
  return invalid({ field, message: "is required for a new account; or sign in first" });
}
