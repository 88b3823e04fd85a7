import type { ServiceSchema } from "moleculer";
import type { contracts, ActionName, Producer } from "../contracts";
import type { AuditCheck } from "./audit/checks";
import type { Consumer } from "../events/consumer";
import type { Clock } from "../time";
import type { ActionHandler, ServiceEnv } from "./service-env";
import type { WorkerOptions } from "./worker";

type OwnActions<Service extends Producer> = Exclude<
  keyof (typeof contracts)[Service]["actions"] & string,
  "events" | "catchUp" | "drain" | "feedStatus" | "listDeadLetters" | "replayDeadLetter" | "audit"
>;

/** What makes a service out of its contract. */
export interface ServiceDefinition<Service extends Producer, Tools> {
  /** one handler for each action of the contract */
  actions: { [Action in OwnActions<Service>]: ActionHandler<`${Service}.${Action}` & ActionName, Tools> };
  /** what it does about other services' events */
  consumers?: Consumer<ServiceEnv<Tools>>[];
  /** what it does beside answering; they are woken after each commit */
  workers?: (env: ServiceEnv<Tools>) => Omit<WorkerOptions, "log">[];
  /** the rules that its own schema must keep, for audits */
  audit?: AuditCheck[];
  /** makes what the service's code needs beside the database; runs at start, before anything else */
  setUp?: (env: Omit<ServiceEnv, "tools">) => Promise<{ tools: Tools; stop?: () => Promise<void> }>;
  /** runs when all is ready, before the first call */
  started?: (env: ServiceEnv<Tools>) => Promise<void>;
  /** further Moleculer mixins, like moleculer-cron */
  mixin?: Partial<ServiceSchema>;
  /** business time, where it is not that of the platform */
  clock?: (env: Omit<ServiceEnv, "tools" | "clock">) => Clock;
}
