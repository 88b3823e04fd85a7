import type { ServiceSchema } from "moleculer";
import moleculerCron, { type CronJob } from "moleculer-cron";
import { asService } from "../../shared/service/caller";

/**
 * Ticks every minute, not at the times of the timetable: what could not be emitted in time (no Postgres, a
 * machine in standby) is emitted a minute later, and only the timetable needs to know about changes of
 * clocks.
 */
const everyMinute: CronJob = {
  name: "timetable",
  cronTime: "0 * * * * *",
  onTick() {
    void this.call("cron.tick", {}, { meta: { caller: asService("cron") } }).catch((error: unknown) => {
      this.logger.warn({ err: error }, "the tick failed; the next one is in a minute");
    });
  },
};

/** The Moleculer mixin that ticks. Every instance ticks; the database decides which tick emits a slot. */
export const ticker: Partial<ServiceSchema> & { crons: CronJob[] } = {
  mixins: [moleculerCron],
  crons: [everyMinute],
};
