import { invitation } from "../../../shared/contracts/accounts";
import { view } from "../../../shared/contracts/fields";
import { conflict } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { lockCustomer } from "../customers";
import { createLink, withdrawLinks } from "../links";
import { requireOpen } from "../members";
import { AccountLink } from "../models/account-link";
import { tooMany } from "../too-many";

/** Nobody can use a customer to send mails to the whole world. */
const MOST_IN_A_DAY = 100;
const DAY_S = 86_400;

/**
 * Invites an address to belong to a customer: for its users, staff and API keys.
 * @throws BillingError 404; 409 for a closed customer, and for the address of a member; 429 after too many
 *   invitations in a day
 */
export const inviteMember: ActionHandler<"identity.inviteMember"> = async ({
  params: { customer: reference, email },
  caller,
  transaction,
}) => {
  const created = await transaction(async (trx) => {
    const customer = await lockCustomer(trx, reference, caller);
    requireOpen(customer);
    const { id: customer_id } = customer;
    const joined = await trx("customer_users")
      .join("users", "users.id", "user_id")
      .where({ customer_id, is_active: true })
      .whereRaw("lower(email) = lower(?)", [email]);
    if (joined.length > 0)
      throw conflict("customer.member_already", "A member of this customer has this email address.");
    const sent = await AccountLink.query(trx)
      .where({ customer_id })
      .whereRaw("created_at > clock_timestamp() - make_interval(secs => ?)", [DAY_S])
      .resultSize();
    if (sent >= MOST_IN_A_DAY) throw tooMany("invitations to this customer", DAY_S);
    await withdrawLinks(trx, { customer_id }, email);
    return createLink(trx, { purpose: "invitation", customer_id, email });
  });
  return view(invitation, { ...created, customer_id: created.customer_id as string });
};
