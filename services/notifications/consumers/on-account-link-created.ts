import { consume } from "../../../shared/events/consumer";
import { dayOf } from "../../../shared/time";
import { queueDeliveries } from "../queries/queue-deliveries";
import type { NotificationsEnv } from "../tools";

/** Mails a link. Who gets it, and its secret, are asked for when the mail is sent. */
export const onAccountLinkCreated = consume(
  "account_link.created",
  async (trx, events, { config }: NotificationsEnv) => {
    await queueDeliveries(
      trx,
      events.map(({ occurred_at, payload: { id, purpose, user, customer } }) => ({
        kind: purpose,
        invoice_id: null,
        customer_id: customer,
        user_id: user,
        link_id: id,
        day: dayOf(occurred_at, config.billingTimezone),
        payload: {},
      })),
    );
  },
);
