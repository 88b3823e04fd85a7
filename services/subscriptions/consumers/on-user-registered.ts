import { consume } from "../../../shared/events/consumer";
import { upsertCustomers } from "../queries/customers";

/** Adds the user to the customers. */
export const onUserRegistered = consume("user.registered", upsertCustomers);
