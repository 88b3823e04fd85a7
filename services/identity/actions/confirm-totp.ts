import { recordChanges } from "../../../shared/events/audit-log";
import { conflict } from "../../../shared/errors";
import { userIdOf } from "../../../shared/service/caller";
import { User } from "../models/user";
import { requireCode } from "../second-factor";
import { endAllSessions } from "../sessions";
import type { IdentityAction } from "../tools";
import { confirmTotp as confirm, findTotp } from "../totp";

/**
 * Turns the second factor on by its first code. All sessions end: from now on, each has begun with a code.
 * @throws BillingError 400 naming `code`; 409 where none was started, or it is on
 */
export const confirmTotp: IdentityAction<"identity.confirmTotp"> = async (env) => {
  const id = userIdOf(env.caller) ?? "";
  const started = await findTotp(env.db, id);
  if (started === undefined || started.confirmed_at !== null)
    throw conflict("totp.not_started", "There is no second factor to be confirmed.");
  await requireCode(env, id, env.params.code);
  const recovery_codes = await env.transaction(async (trx) => {
    await User.lock(trx, id);
    const codes = await confirm(trx, id);
    await endAllSessions(trx, id);
    await recordChanges(trx, [{ action: "totp.on", object: id }]);
    return codes;
  });
  return { recovery_codes };
};
