import type { Invoice } from "../../../shared/contracts/invoicing";
import { requireOwner } from "../../../shared/service/caller";
import type { ActionEnv } from "../../../shared/service/service-env";

/**
 * The invoice that somebody wants to pay. Its id is random, so whoever holds it may pay; a signed-in caller
 * must be its owner or staff.
 * @throws BillingError 404 for no such invoice, and for another customer's
 */
export async function payableInvoice({ call, caller }: ActionEnv<unknown>, id: string): Promise<Invoice> {
  const invoice = await call("invoicing.getPayableInvoice", { id });
  if (caller.kind !== "anonymous") requireOwner(caller, invoice.customer, "invoice");
  return invoice;
}
