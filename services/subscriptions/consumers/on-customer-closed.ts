import { consume } from "../../../shared/events/consumer";
import { upsertCustomers } from "../queries/customers";

/** Records that a customer was closed; a worker ends the subscriptions. */
export const onCustomerClosed = consume("customer.closed", upsertCustomers);
