import { consume } from "../../../shared/events/consumer";
import { upsertContacts } from "../queries/upsert-contacts";

/** Updates the user's contact. */
export const onUserUpdated = consume("user.updated", (trx, events) =>
  upsertContacts(
    trx,
    events.map(({ payload }) => payload),
  ),
);
