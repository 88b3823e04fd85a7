import { z } from "zod";
import { SERVICE_NAMES } from "../config/config";
import { action, defineContract, instant, isoDate } from "./contract";

const clockReading = z
  .object({ now: instant, today: isoDate, zone: z.string(), moved: z.boolean() })
  .meta({ id: "Clock" });

const tick = z.object({ as_of: isoDate });

export const cron = defineContract("cron", {
  feedReaders: ["subscriptions", "invoicing", "notifications"],
  actions: {
    /** Business time, which differs from the wall clock only where TEST_CLOCK allows it to be moved. */
    getClock: action(SERVICE_NAMES, z.strictObject({}), clockReading),
    /**
     * Moves business time forward, firing what the timetable holds in between; answers when its events are
     * consumed.
     */
    moveClock: action(
      "staff",
      z.strictObject({
        now: z.iso.datetime({ offset: true }).optional(),
        advance: z.string().max(50).optional(),
      }),
      clockReading,
      { timeout_ms: 0 },
    ),
    /** Emits what the timetable calls for now and nobody has emitted yet; every minute's tick calls it. */
    tick: action(["cron"], z.strictObject({}), z.object({ emitted: z.int() })),
  },
  events: {
    "billing.day_started": tick,
    "billing.invoices_due": tick,
    "billing.overdue_due": tick,
    "billing.reminders_due": tick,
  },
});
