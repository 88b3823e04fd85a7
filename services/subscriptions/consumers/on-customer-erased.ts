import { consume } from "../../../shared/events/consumer";
import { eraseMetadata } from "../queries/erase-metadata";

/** Forgets the team's own facts about the customer's subscriptions. */
export const onCustomerErased = consume("customer.erased", async (trx, events) => {
  for (const { payload } of events) await eraseMetadata(trx, payload);
});
