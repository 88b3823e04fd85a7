import { consume } from "../../../shared/events/consumer";
import { upsertContacts } from "../queries/upsert-contacts";

/** Keeps the contacts as identity has its users. */
export const onUserRegistered = consume("user.registered", (trx, events) =>
  upsertContacts(
    trx,
    events.map(({ payload }) => payload),
  ),
);

export const onUserUpdated = consume("user.updated", (trx, events) =>
  upsertContacts(
    trx,
    events.map(({ payload }) => payload),
  ),
);
