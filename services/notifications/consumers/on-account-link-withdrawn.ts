import { consume } from "../../../shared/events/consumer";
import { cancelLinks } from "../queries/mark-deliveries";

/** A link that was withdrawn before its mail was sent is not mailed. */
export const onAccountLinkWithdrawn = consume("account_link.withdrawn", (trx, events) =>
  cancelLinks(
    trx,
    events.map(({ payload }) => payload.id),
  ),
);
