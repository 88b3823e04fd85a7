import { consume } from "../../../shared/events/consumer";
import { dayOf } from "../../../shared/time";
import { queueDeliveries } from "../queries/queue-deliveries";
import type { NotificationsEnv } from "../tools";

/** Tells users that another account has their email address, at most once a day. */
export const onEmailUsedAgain = consume(
  "user.email_used_again",
  async (trx, events, { config }: NotificationsEnv) => {
    await queueDeliveries(
      trx,
      events.map(({ occurred_at, payload: { user_id, username } }) => ({
        kind: "email_used_again",
        invoice_id: null,
        customer_id: null,
        user_id,
        link_id: null,
        day: dayOf(occurred_at, config.billingTimezone),
        payload: { other_username: username },
      })),
    );
  },
);
