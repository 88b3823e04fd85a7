import { conflict, notFound } from "../../../shared/errors";
import { recordChanges } from "../../../shared/events/audit-log";
import type { ActionHandler } from "../../../shared/service/service-env";
import { Charge } from "../models/charge";

/** Takes a waiting charge back. @throws BillingError 404, 409 when an invoice has it */
export const deleteCharge: ActionHandler<"invoicing.deleteCharge"> = async ({
  params: { customer, id },
  transaction,
}) => {
  await transaction(async (trx) => {
    // A page that bills it at this moment is waited for.
    const found = await Charge.query(trx).findOne({ id, customer_id: customer }).forUpdate();
    if (found === undefined) throw notFound("charge");
    if (found.invoice_id !== null)
      throw conflict("charge.invoiced", "The charge is on an invoice already, which never changes.");
    await found.$query(trx).delete();
    await recordChanges(trx, [{ action: "charge.deleted", object: id }]);
  });
  return null;
};
