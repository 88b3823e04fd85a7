import { consume } from "../../../shared/events/consumer";
import { upsertCustomers } from "../queries/upsert-customers";

/** Records that the customer gets no more mails. */
export const onCustomerClosed = consume("customer.closed", upsertCustomers);
