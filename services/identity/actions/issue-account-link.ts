import { issuedLink } from "../../../shared/contracts/accounts";
import { view } from "../../../shared/contracts/fields";
import type { ActionHandler } from "../../../shared/service/service-env";
import { issueSecret } from "../links";
import { Customer } from "../models/customer";
import { User } from "../models/user";

/** Makes the secret of a link that is mailed now. null for a link that no longer works. */
export const issueAccountLink: ActionHandler<"identity.issueAccountLink"> = async ({ params, db }) => {
  const issued = await issueSecret(db, params.id);
  if (issued === undefined) return null;
  const { link, token } = issued;
  const user = link.user_id === null ? undefined : await User.query(db).findById(link.user_id);
  const customer =
    link.customer_id === null ? undefined : await Customer.query(db).findById(link.customer_id);
  return view(issuedLink, link, {
    token,
    username: user?.username ?? null,
    customer_name: customer?.name ?? null,
  });
};
