import { consume } from "../../../shared/events/consumer";
import { upsertCustomers } from "../queries/customers";

/** Follows the customer, who may have been opened again. */
export const onCustomerUpdated = consume("customer.updated", upsertCustomers);
