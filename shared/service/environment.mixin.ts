import type { Producer } from "../contracts";
import { openDatabase } from "../db/open-database";
import { inTransaction } from "../db/transaction";
import { checkEpoch } from "../events/epoch";
import { Doorbell } from "../events/doorbell";
import { remoteClock, systemClock, type Clock } from "../time";
import type { BillingSchema } from "./billing-service";
import { runtimeOf } from "./broker";
import { callAs } from "./call";
import { asService } from "./caller";
import type { BareEnv } from "./service-env";

/** What a service makes at its start. */
export interface EnvironmentOptions<Tools> {
  /** makes what the service's code needs besides the database; not called in a process that only observes */
  setUp?: (env: BareEnv) => Promise<{ tools: Tools; stop?: () => Promise<void> }>;
  /** business time, where the service has its own source of it */
  clock?: (env: Omit<BareEnv, "clock">) => Clock;
}

/** Opens what the code of a service works with (`this.env`), and closes it at the end. */
export function environment<Tools>(
  name: Producer,
  { setUp, clock }: EnvironmentOptions<Tools>,
): Partial<BillingSchema<Tools>> {
  return {
    created() {
      this.feeds = new Map();
      this.workers = [];
      this.closeTools = () => Promise.resolve();
    },
    async started() {
      const { broker } = this;
      const { config, databaseUrls, background, observes } = runtimeOf(broker);
      const url = databaseUrls[name];
      if (url === undefined) throw new Error(`there is no database URL for ${name}`);
      const db = openDatabase({ url, schema: name });
      if (await checkEpoch(db)) this.logger.warn("the database was restored: the outbox begins a new epoch");
      this.doorbell = new Doorbell(broker, name);
      const timeless: Omit<BareEnv, "clock"> = {
        service: name,
        broker,
        config,
        db,
        log: this.logger,
        background,
        call: callAs(broker, asService(name)),
        transaction: async (work) => {
          const result = await inTransaction(db, work);
          this.doorbell.ring();
          return result;
        },
        catchUp: async (producer, within_ms) =>
          (await this.feeds.get(producer)?.reader.catchUp(within_ms)) ?? 0,
      };
      const bare: BareEnv = { ...timeless, clock: clock?.(timeless) ?? sharedClock(timeless) };
      const made = observes ? undefined : await setUp?.(bare);
      if (made?.stop !== undefined) this.closeTools = made.stop;
      // A service without setUp has no tools, and one that observes uses none.
      this.env = { ...bare, tools: made?.tools as Tools };
    },
    async stopped() {
      await this.closeTools();
      await this.env?.db.destroy();
    },
  };
}

/** Business time is the system's, or what the cron service says where a test clock may be moved. */
function sharedClock({ config, call }: Omit<BareEnv, "clock">): Clock {
  if (!config.testClock) return systemClock(config.billingTimezone);
  return remoteClock(async () => (await call("cron.getClock", {})).now, config.billingTimezone);
}
