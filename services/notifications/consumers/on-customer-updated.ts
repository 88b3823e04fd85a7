import { consume } from "../../../shared/events/consumer";
import { upsertCustomers } from "../queries/upsert-customers";

/** Keeps name and address of the customer. */
export const onCustomerUpdated = consume("customer.updated", upsertCustomers);
