import { recordChanges } from "../../../shared/events/audit-log";
import { notFound } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { User } from "../models/user";
import { endAllSessions } from "../sessions";
import { removeTotp } from "../totp";

/**
 * Takes a lost second factor away from a user, for an operator who knows that it is the user who asks. All
 * sessions end.
 * @throws BillingError 404 for an unknown user name, and a user without a second factor
 */
export const resetTotp: ActionHandler<"identity.resetTotp"> = async ({ params, transaction }) => {
  await transaction(async (trx) => {
    const named = await User.byUsername(trx, params.username);
    const user = named && (await User.lock(trx, named.id));
    if (user === undefined) throw notFound("user");
    if (!(await removeTotp(trx, user.id))) throw notFound("second factor");
    await endAllSessions(trx, user.id);
    await recordChanges(trx, [{ action: "totp.off", object: user.id }]);
  });
  return null;
};
