import { consume } from "../../../shared/events/consumer";
import { upsertCustomers } from "../queries/customers";

/** Records that an account was closed or opened again; a worker ends the subscriptions of closed ones. */
export const onUserUpdated = consume("user.updated", upsertCustomers);
