import { consume } from "../../../shared/events/consumer";
import { dayOf } from "../../../shared/time";
import { queueDeliveries } from "../queries/queue-deliveries";
import type { NotificationsEnv } from "../tools";

/** Tells the old address of a user that it was replaced, at most once a day. */
export const onEmailChanged = consume(
  "user.email_changed",
  async (trx, events, { config }: NotificationsEnv) => {
    await queueDeliveries(
      trx,
      events.map(({ occurred_at, payload: { user_id, old_email } }) => ({
        kind: "email_changed",
        invoice_id: null,
        customer_id: null,
        user_id,
        link_id: null,
        day: dayOf(occurred_at, config.billingTimezone),
        payload: { old_email },
      })),
    );
  },
);
