import type { Logger, ServiceBroker } from "moleculer";
import type { z } from "zod";
import type { ActionName, ParamsOf, Producer, ResultOf } from "../contracts";
import type { Config } from "../config/config";
import type { Knex } from "../db/open-database";
import type { Clock } from "../time";
import type { Background } from "./background";
import type { Caller } from "./caller";

/** Calls another service's action; names, params and results are those of the contracts. */
export type Call = <Name extends ActionName>(name: Name, params: ParamsOf<Name>) => Promise<ResultOf<Name>>;

/**
 * What everything inside a service works with. `Tools` is what the service itself adds in `setUp`, like a
 * Stripe client.
 */
export interface ServiceEnv<Tools = unknown> {
  service: Producer;
  broker: ServiceBroker;
  config: Config;
  db: Knex;
  /** business time: what the day is, for billing */
  clock: Clock;
  log: Logger;
  tools: Tools;
  /** Calls an action as the system. */
  asSystem: Call;
  /**
   * Runs `work` in one transaction (again, where Postgres says so), then rings the doorbell and wakes the
   * service's workers.
   */
  transaction: <T>(work: (trx: Knex.Transaction) => Promise<T>) => Promise<T>;
  /** Turns for pages of work that nobody waits for. */
  background: Background;
  /**
   * Consumes what the producer has committed up to now: after it, a cancellation made a second ago counts.
   * Throws when that takes longer than `within_ms`, where given.
   */
  catchUp: (producer: Producer, within_ms?: number) => Promise<number>;
}

/** What one run of an action works with, beside its service's own. */
export interface ActionEnv<Params, Tools = unknown> extends ServiceEnv<Tools> {
  params: Params;
  caller: Caller;
  requestId: string;
  /** Calls an action on behalf of the same caller. */
  call: Call;
}

type ParsedParams<Name extends ActionName> = Name extends `${infer Service extends Producer}.${infer Action}`
  ? (typeof import("../contracts"))["contracts"][Service]["actions"] extends Record<
      Action,
      { params: infer Schema }
    >
    ? z.output<Extract<Schema, z.ZodType>>
    : never
  : never;

/** The function behind an action, in a file of its own below the service's `actions/`. */
export type ActionHandler<Name extends ActionName, Tools = unknown> = (
  env: ActionEnv<ParsedParams<Name>, Tools>,
) => Promise<ResultOf<Name>>;
