import { notFound } from "../../../shared/errors";
import type { ActionHandler } from "../../../shared/service/service-env";
import { findCustomer } from "../customers";
import { withdrawLinks } from "../links";

/** Ends an open invitation; its link no longer works. @throws BillingError 404 */
export const withdrawInvitation: ActionHandler<"identity.withdrawInvitation"> = async ({
  params,
  caller,
  transaction,
}) => {
  await transaction(async (trx) => {
    const { id: customer_id } = await findCustomer(trx, params.customer, caller);
    const withdrawn = await withdrawLinks(trx, { id: params.id, customer_id, purpose: "invitation" });
    if (withdrawn === 0) throw notFound("invitation");
  });
  return null;
};
