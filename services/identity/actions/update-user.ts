import { isStaff, requireSelf, userIdOf } from "../../../shared/service/caller";
import { invalid, notFound } from "../../../shared/errors";
import { changeAccount, requireGoodPassword } from "../accounts";
import { User } from "../models/user";
import { viewUser } from "../models/user-view";
import { requireOwnPassword } from "../own-password";
import { hashPassword } from "../passwords";
import { textOf } from "../domain/origin";
import { refuseStaffFields } from "../staff-fields";
import type { IdentityAction } from "../tools";

const STAFF_FIELDS = ["is_staff", "is_active"] as const;

/**
 * Changes a user: the caller, or anybody for staff. To change their own password, callers must give the
 * current one; staff too.
 * @throws BillingError 404; 403 naming a field that is for staff; 400 naming a field; 409 for the last active
 *   staff account; 429 after too many wrong current passwords; 503 when too much waits to be hashed
 */
export const updateUser: IdentityAction<"identity.updateUser"> = async (env) => {
  const { id, password, current_password, ...fields } = env.params;
  requireSelf(env.caller, id);
  if (!isStaff(env.caller)) refuseStaffFields(env.params, STAFF_FIELDS);
  const user = await User.query(env.db).findById(id);
  if (user === undefined) throw notFound("user");
  if (!isStaff(env.caller) && fields.email !== undefined && !isSameAddress(fields.email, user.email))
    throw invalid({ field: "email", message: "is changed by POST /api/users/me/email/, which mails a link" });

  const isOwnPassword = password !== undefined && userIdOf(env.caller) === id;
  if (current_password !== undefined && !isOwnPassword) {
    throw invalid({ field: "current_password", message: "is only for changing your own password" });
  }
  if (password === undefined) return viewUser(await changeAccount(env, id, fields));

  requireGoodPassword(password, {
    username: fields.username ?? user.username,
    email: fields.email ?? user.email,
  });
  if (isOwnPassword && current_password === undefined)
    throw invalid({ field: "current_password", message: "is required for a new password" });
  if (isOwnPassword) await requireOwnPassword(env, user, current_password ?? "", "current_password");
  const origin = textOf({ kind: "user", id: userIdOf(env.caller) ?? "operator" });
  const password_hash = await env.tools.hashing.run(origin, () => hashPassword(password));
  const wanted = { ...fields, password_hash };
  return viewUser(await changeAccount(env, id, wanted, isOwnPassword ? user.password_hash : undefined));
};

function isSameAddress(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
