import type { Logger } from "moleculer";
import type { z } from "zod";
import type { Config } from "../config/config";
import type { ActionName, Call, Contracts, Producer, ResultOf } from "../contracts";
import type { Knex } from "../db/open-database";
import type { Author } from "../events/audit-log";
import type { Clock } from "../time";
import type { BackgroundWork } from "./background-work";
import type { BillingBroker } from "./broker";
import type { Caller } from "./caller";

/**
 * What the code of a service works with. `Tools` is what the service itself adds in `setUp`, like a Stripe
 * client.
 */
export interface ServiceEnv<Tools = unknown> {
  service: Producer;
  broker: BillingBroker;
  config: Config;
  db: Knex;
  /** business time: what the day is, for billing */
  clock: Clock;
  log: Logger;
  tools: Tools;
  /** Calls another service's action, as this service. */
  call: Call;
  /**
   * Runs `work` in one transaction (again, where Postgres says so), then rings the doorbell, which also wakes
   * the service's own workers.
   */
  transaction: <T>(work: (trx: Knex.Transaction) => Promise<T>) => Promise<T>;
  /** Limits the work that nobody waits for. */
  background: BackgroundWork;
  /**
   * Consumes what the producer has committed up to now: after it, a cancellation made a second ago counts.
   * Throws when that takes longer than `within_ms`, where given.
   */
  catchUp: (producer: Producer, within_ms?: number) => Promise<number>;
}

/** What a service has before its tools are made. */
export type BareEnv = Omit<ServiceEnv, "tools">;

/** What one call of an action works with, besides what its service has. */
export interface ActionEnv<Params, Tools = unknown> extends ServiceEnv<Tools> {
  params: Params;
  caller: Caller;
  requestId: string;
  /** who stands in the audit log for what this call changes; its `transaction` knows it already */
  author: Author | undefined;
}

type ParsedParams<Name extends ActionName> = Name extends `${infer Service extends Producer}.${infer Action}`
  ? Contracts[Service]["actions"] extends Record<Action, { params: infer Schema }>
    ? z.output<Extract<Schema, z.ZodType>>
    : never
  : never;

/** The function behind an action, in a file of its own in the service's `actions/`. */
export type ActionHandler<Name extends ActionName, Tools = unknown> = (
  env: ActionEnv<ParsedParams<Name>, Tools>,
) => Promise<ResultOf<Name>>;
