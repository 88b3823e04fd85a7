declare module "moleculer-cron" {
  import type { ServiceBroker, ServiceSchema } from "moleculer";

  /** A job of the mixin's `crons`. Only the package's source documents it. */
  export interface CronJob {
    name: string;
    /** seconds, minutes, hours, day of month, month, day of week */
    cronTime: string;
    /** Runs on a timer: an error that it throws ends the process. */
    onTick: (this: ServiceBroker) => void;
  }

  const mixin: Partial<ServiceSchema> & { crons?: CronJob[] };
  export default mixin;
}
