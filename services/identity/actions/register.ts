import { createAccount, requireGoodPassword } from "../accounts";
import { textOf } from "../domain/origin";
import type { Knex } from "../../../shared/db/open-database";
import { createLink } from "../links";
import type { User } from "../models/user";
import { networkOf } from "../network";
import { viewUser } from "../models/user-view";
import { countRegistration } from "../registration-limit";
import type { IdentityAction } from "../tools";

/**
 * Signs a customer up; never creates a staff account. Only registrations that come from a client's address
 * are limited: an operator gives none.
 * @throws BillingError 400 naming the field; 429 after too many registrations from the address; 503 when too
 *   many wait
 */
export const register: IdentityAction<"identity.register"> = async (env) => {
  const { client, ...account } = env.params;
  requireGoodPassword(account.password, account);
  const address = client === undefined ? undefined : networkOf(client);
  const origin = address === undefined ? "operator" : textOf({ kind: "address", id: address });
  const user = await env.tools.hashing.runSignUp(origin, async () => {
    if (address !== undefined) await countRegistration(env.db, address, env.config.registrationsPerHour);
    return createAccount(env, { ...account, is_staff: false }, askToConfirm);
  });
  return viewUser(user);
};

async function askToConfirm(trx: Knex.Transaction, { id: user_id, email }: User): Promise<void> {
  await createLink(trx, { purpose: "email_confirmation", user_id, email });
}
