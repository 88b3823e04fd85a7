import { conflict, notFound } from "../../../shared/errors";
import { userIdOf } from "../../../shared/service/caller";
import type { ActionHandler } from "../../../shared/service/service-env";
import { createLink, requireFewLinks } from "../links";
import { User } from "../models/user";

/**
 * Mails the caller a new link to confirm the address of the account.
 * @throws BillingError 409 when it is confirmed; 429 after too many links in an hour
 */
export const requestEmailConfirmation: ActionHandler<"identity.requestEmailConfirmation"> = async ({
  caller,
  transaction,
}) => {
  await transaction(async (trx) => {
    const user = await User.lock(trx, userIdOf(caller) ?? "");
    if (user === undefined) throw notFound("user");
    if (user.email_confirmed_at !== null)
      throw conflict("user.email_confirmed", "This email address is confirmed already.");
    await requireFewLinks(trx, user.id);
    await createLink(trx, { purpose: "email_confirmation", user_id: user.id, email: user.email });
  });
  return null;
};
