import { conflict } from "../../../shared/errors";
import { lockCustomer } from "../customers";
import { eraseCustomer as erase } from "../erasure";
import type { IdentityAction } from "../tools";

/**
 * Erases what names a closed customer, and the users who belong to it alone. Repeating it changes nothing.
 * @throws BillingError 404; 409 for an open customer, and for one with a staff account of its own
 */
export const eraseCustomer: IdentityAction<"identity.eraseCustomer"> = async (env) => {
  await env.transaction(async (trx) => {
    const customer = await lockCustomer(trx, env.params.customer, env.caller);
    if (customer.closed_at === null) throw conflict("customer.open", "Close this customer first.");
    if (customer.erased_at === null) await erase(trx, customer, env.tools.dummyHash);
  });
  return null;
};
