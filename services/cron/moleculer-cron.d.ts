declare module "moleculer-cron" {
  import type { ServiceBroker, ServiceSchema } from "moleculer";

  /** A job of the mixin's `crons`; see the package's source, which is all the documentation there is. */
  export interface CronJob {
    name: string;
    /** seconds, minutes, hours, day of month, month, day of week */
    cronTime: string;
    /** Runs on a bare timer: what it throws ends the process. */
    onTick: (this: ServiceBroker) => void;
  }

  const mixin: Partial<ServiceSchema> & { crons?: CronJob[] };
  export default mixin;
}
