import { consume } from "../../../shared/events/consumer";
import { upsertCustomers } from "../queries/project-customers";

/** Adds the customer, to whom invoices are billed. */
export const onCustomerCreated = consume("customer.created", upsertCustomers);
