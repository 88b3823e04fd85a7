import { consume } from "../../../shared/events/consumer";
import { eraseCustomer } from "../queries/erase-customer";

/** Forgets the names and addresses of a customer and its users, also in mails that were sent. */
export const onCustomerErased = consume("customer.erased", async (trx, events) => {
  for (const { payload } of events) await eraseCustomer(trx, payload);
});
