import { generateSecret, generateURI } from "otplib";
import { recordChanges } from "../../../shared/events/audit-log";
import { conflict, notFound } from "../../../shared/errors";
import { userIdOf } from "../../../shared/service/caller";
import { User } from "../models/user";
import { requireOwnPassword } from "../own-password";
import type { IdentityAction } from "../tools";
import { hasTotp, startTotp as start } from "../totp";

const ISSUER = "Billing";

/**
 * Makes the secret of a second factor and shows it, this once. It counts when its first code is confirmed.
 * @throws BillingError 400 naming `password`; 409 where there is one already
 */
export const startTotp: IdentityAction<"identity.startTotp"> = async (env) => {
  const user = await User.query(env.db).findById(userIdOf(env.caller) ?? "");
  if (user === undefined) throw notFound("user");
  await requireOwnPassword(env, user, env.params.password, "password");
  const secret = generateSecret();
  await env.transaction(async (trx) => {
    await User.lock(trx, user.id);
    if (await hasTotp(trx, user.id)) throw conflict("totp.on", "You sign in with a second factor already.");
    await start(trx, user.id, secret);
    await recordChanges(trx, [{ action: "totp.started", object: user.id }]);
  });
  const issuer = env.config.seller.name ?? ISSUER;
  return { secret, uri: generateURI({ issuer, label: user.username, secret }) };
};
