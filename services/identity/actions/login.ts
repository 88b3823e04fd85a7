import { unauthorized } from "../../../shared/errors";
import { deviceToken, knownDevice } from "../device-token";
import type { Origin } from "../domain/origin";
import { throttled } from "../login-throttle";
import { User } from "../models/user";
import { verifyPassword } from "../passwords";
import { networkOf } from "../network";
import { requireSecondFactor } from "../second-factor";
import { openSession } from "../sessions";
import type { IdentityAction, IdentityEnv } from "../tools";

/**
 * Exchanges a user name and a password for tokens. An unknown name, a wrong password and a closed account get
 * the same answer after the same work. Who has a second factor sends its code too.
 * @throws BillingError 401, `token.code_required` after the right password without a code; 429 after
 *   too many failures; 503 when too many logins wait
 */
export const login: IdentityAction<"identity.login"> = async (env) => {
  const { username, password, code } = env.params;
  const origin = await originOf(env, env.params);
  const user = await throttled(env, { username, origin }, async () => {
    const found = await User.byUsername(env.db, username);
    const right = await verifyPassword(found?.password_hash ?? env.tools.dummyHash, password);
    return right && found?.is_active === true ? found : undefined;
  });
  if (user === undefined) throw wrongCredentials();
  await requireSecondFactor(env, user.id, code);
  const pair = await openSession(env, user);
  if (pair === undefined) throw wrongCredentials();
  const known = origin.kind === "device" ? origin.id : undefined;
  return { ...pair, device: deviceToken(user, Date.now(), known) };
};

function wrongCredentials() {
  return unauthorized("token.invalid_credentials", "No active account found with the given credentials");
}

/** The device, if it has signed in to this account before; otherwise the network address. */
async function originOf(
  { db }: IdentityEnv,
  { username, client, device }: { username: string; client: string; device?: string | undefined },
): Promise<Origin> {
  const user = device === undefined ? undefined : await User.byUsername(db, username);
  const known = user && device !== undefined ? knownDevice(device, user, Date.now()) : undefined;
  return known === undefined ? { kind: "address", id: networkOf(client) } : { kind: "device", id: known };
}
