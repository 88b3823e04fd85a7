import { consume } from "../../../shared/events/consumer";
import { upsertCustomers } from "../queries/customers";

/** Adds the customer. */
export const onCustomerCreated = consume("customer.created", upsertCustomers);
