import { notFound } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { Customer } from "../models/customer";
import { User } from "../models/user";

/**
 * Whether the user who signed up as a customer has confirmed the address. A customer that the team's own
 * software has entered needs no confirmation.
 * @throws BillingError 404
 */
export const isEmailConfirmed: ActionHandler<"identity.isEmailConfirmed"> = async ({ params, db }) => {
  const customer = await Customer.query(db).findById(params.customer);
  if (customer === undefined) throw notFound("customer");
  const user = customer.user_id === null ? undefined : await User.query(db).findById(customer.user_id);
  return { confirmed: user === undefined || user.email_confirmed_at !== null };
};
