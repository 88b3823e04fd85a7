import type { ServiceSchema } from "moleculer";
import moleculerCron, { type CronJob } from "moleculer-cron";
import { SYSTEM } from "../../shared/service/caller";

/**
 * Looks at the timetable every minute, rather than at the times it holds: so what could not be emitted in
 * time (Postgres was away, the machine asleep) goes out within a minute, and changes of clocks are the
 * timetable's business alone.
 */
const everyMinute: CronJob = {
  name: "timetable",
  cronTime: "0 * * * * *",
  onTick() {
    void this.call("cron.tick", {}, { meta: { caller: SYSTEM } }).catch((error: unknown) => {
      this.logger.warn({ err: error }, "the timetable could not be looked at; it will be in a minute");
    });
  },
};

/**
 * The Moleculer mixin that ticks. Every instance of the service does; the database decides whose tick counts.
 */
export const ticker: Partial<ServiceSchema> & { crons: CronJob[] } = {
  mixins: [moleculerCron],
  crons: [everyMinute],
};
