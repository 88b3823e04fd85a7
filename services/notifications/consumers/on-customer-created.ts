import { consume } from "../../../shared/events/consumer";
import { upsertCustomers } from "../queries/upsert-customers";

/** Adds the customer, who gets mails about invoices. */
export const onCustomerCreated = consume("customer.created", upsertCustomers);
