import { z } from "zod";
import { SERVICE_NAMES } from "../config/config";
import { action, defineContract, instant, isoDate } from "./contract";

const clockReading = z
  .object({ now: instant, today: isoDate, zone: z.string(), moved: z.boolean() })
  .meta({ id: "Clock" });

/** The business day that an event of the timetable is for. */
const dueOn = z.object({ as_of: isoDate });

export const cron = defineContract("cron", {
  feedReaders: ["subscriptions", "invoicing", "notifications"],
  actions: {
    /** Business time: the wall clock, unless TEST_CLOCK allows to move it. */
    getClock: action(SERVICE_NAMES, z.strictObject({}), clockReading),
    /**
     * Moves business time forward and emits every event of the timetable on the way; waits until all are
     * consumed.
     */
    moveClock: action(
      "staff",
      z.strictObject({
        now: z.iso.datetime({ offset: true }).optional(),
        advance: z.string().max(50).optional(),
      }),
      clockReading,
      { timeout_ms: 0, key: "admin", idempotency: "steps" },
    ),
    /** Emits the events of the timetable that are due and not emitted yet; called every minute. */
    tick: action(["cron"], z.strictObject({}), z.object({ emitted: z.int() })),
  },
  events: {
    "billing.day_started": dueOn,
    "billing.invoices_due": dueOn,
    "billing.overdue_due": dueOn,
    "billing.reminders_due": dueOn,
  },
});
