import { consume } from "../../../shared/events/consumer";
import { upsertCustomers } from "../queries/project-customers";

/** Keeps name and address for the next invoices. */
export const onCustomerUpdated = consume("customer.updated", upsertCustomers);
