import { consume } from "../../../shared/events/consumer";
import { upsertContacts } from "../queries/upsert-contacts";

/** Adds the user to the contacts. */
export const onUserRegistered = consume("user.registered", (trx, events) =>
  upsertContacts(
    trx,
    events.map(({ payload }) => payload),
  ),
);
