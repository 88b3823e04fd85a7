import { recordChanges } from "../../../shared/events/audit-log";
import { conflict } from "../../../shared/errors";
import { isStaff, userIdOf } from "../../../shared/service/caller";
import { User } from "../models/user";
import { requireCode } from "../second-factor";
import type { IdentityAction } from "../tools";
import { hasTotp, removeTotp as remove } from "../totp";

/**
 * Turns the caller's second factor off.
 * @throws BillingError 400 naming `code`; 409 where there is none, or staff must have one
 */
export const removeTotp: IdentityAction<"identity.removeTotp"> = async (env) => {
  const id = userIdOf(env.caller) ?? "";
  if (!(await hasTotp(env.db, id))) throw conflict("totp.off", "You have no second factor.");
  if (env.config.staffTotp === "required" && isStaff(env.caller))
    throw conflict("totp.required", "Staff must have a second factor.");
  await requireCode(env, id, env.params.code);
  await env.transaction(async (trx) => {
    await User.lock(trx, id);
    await remove(trx, id);
    await recordChanges(trx, [{ action: "totp.off", object: id }]);
  });
  return null;
};
