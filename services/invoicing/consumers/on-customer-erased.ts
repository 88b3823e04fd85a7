import { consume } from "../../../shared/events/consumer";
import { eraseCustomer } from "../queries/erase-customer";

/** Forgets who a customer is; issued invoices keep whom they were billed to. */
export const onCustomerErased = consume("customer.erased", async (trx, events) => {
  for (const { payload } of events) await eraseCustomer(trx, payload);
});
