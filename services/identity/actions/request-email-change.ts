import { invalid, notFound } from "../../../shared/errors";
import { userIdOf } from "../../../shared/service/caller";
import { createLink, requireFewLinks, withdrawLinks } from "../links";
import { User } from "../models/user";
import { requireOwnPassword } from "../own-password";
import type { IdentityAction } from "../tools";

/**
 * Mails a link to the new address of the caller's account. The address changes when the link is opened.
 * @throws BillingError 400 naming `password` or `email`; 429 after too many wrong passwords or links
 */
export const requestEmailChange: IdentityAction<"identity.requestEmailChange"> = async (env) => {
  const { email, password } = env.params;
  const id = userIdOf(env.caller) ?? "";
  const user = await User.query(env.db).findById(id);
  if (user === undefined) throw notFound("user");
  if (user.email === email) throw invalid({ field: "email", message: "is your address already" });
  await requireOwnPassword(env, user, password, "password");
  await env.transaction(async (trx) => {
    await User.lock(trx, id);
    await requireFewLinks(trx, id);
    await withdrawLinks(trx, { user_id: id, purpose: "email_change" });
    await createLink(trx, { purpose: "email_change", user_id: id, email });
  });
  return null;
};
