import { recordChanges } from "../../../shared/events/audit-log";
import { conflict } from "../../../shared/errors";
import { userIdOf } from "../../../shared/service/caller";
import { User } from "../models/user";
import { requireCode } from "../second-factor";
import { endAllSessions } from "../sessions";
import type { IdentityAction } from "../tools";
import { confirmTotp as confirm, findTotp, hasTotp } from "../totp";

/**
 * Turns the second factor on by its first code. All sessions end: from now on, each has begun with a code.
 * @throws BillingError 400 naming `code`; 409 where none was started, or it is on
 */
export const confirmTotp: IdentityAction<"identity.confirmTotp"> = async (env) => {
  const id = userIdOf(env.caller) ?? "";
  const started = await findTotp(env.db, id);
  if (started === undefined || started.confirmed_at !== null) throw notStarted();
  await requireCode(env, id, env.params.code);
  const recovery_codes = await env.transaction(async (trx) => {
    await User.lock(trx, id);
    // Of two at once, the recovery codes of the first stay.
    if (await hasTotp(trx, id)) throw notStarted();
    const codes = await confirm(trx, id);
    await endAllSessions(trx, id);
    await recordChanges(trx, [{ action: "totp.on", object: id }]);
    return codes;
  });
  return { recovery_codes };
};

function notStarted() {
  return conflict("totp.not_started", "There is no second factor to be confirmed.");
}
