import { invitation } from "../../../shared/contracts/accounts";
import { view } from "../../../shared/contracts/fields";
import { decodeCursor, ID_CURSOR, toPage } from "../../../shared/db/keyset";
import type { ActionHandler } from "../../../shared/service/service-env";
import { findCustomer } from "../customers";
import { openInvitations } from "../links";

/** The invitations to a customer that nobody has answered yet, newest first. @throws BillingError 404 */
export const listInvitations: ActionHandler<"identity.listInvitations"> = async ({
  params: { customer, limit, cursor },
  caller,
  db,
}) => {
  const { id: customer_id } = await findCustomer(db, customer, caller);
  const query = openInvitations(db, customer_id)
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (cursor !== undefined) void query.where("id", "<", ...decodeCursor(cursor, ID_CURSOR));
  const { items, next } = toPage(await query, limit, ({ id }) => [id]);
  return { items: items.map((link) => view(invitation, { ...link, customer_id })), next };
};
