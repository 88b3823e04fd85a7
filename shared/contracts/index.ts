import type { z } from "zod";
import { catalog } from "./catalog";
import type { ActionContract } from "./contract";
import { cron } from "./cron";
import { identity } from "./identity";
import { invoicing } from "./invoicing";
import { notifications } from "./notifications";
import { payments } from "./payments";
import { subscriptions } from "./subscriptions";

/** Every service's contract by name: all that services know of each other. */
export const contracts = {
  identity,
  catalog,
  subscriptions,
  invoicing,
  payments,
  notifications,
  cron,
} as const;
export type Contracts = typeof contracts;
export type Producer = keyof Contracts;
/** The names of all services that have a contract, in the order in which they start. */
export const PRODUCERS = Object.keys(contracts) as Producer[];

type Qualified<Service extends Producer> = `${Service}.${keyof Contracts[Service]["actions"] & string}`;
/** The full names of all actions, like `catalog.getPlan`. */
export type ActionName = { [Service in Producer]: Qualified<Service> }[Producer];

type ActionOf<Name extends ActionName> = Name extends `${infer Service extends Producer}.${infer Action}`
  ? Action extends keyof Contracts[Service]["actions"]
    ? Contracts[Service]["actions"][Action]
    : never
  : never;
type SchemaOf<Name extends ActionName, Part extends "params" | "result"> =
  ActionOf<Name> extends Record<Part, infer Schema> ? Schema : never;

/** The params that a caller gives; those with defaults are optional. */
export type ParamsOf<Name extends ActionName> = z.input<Extract<SchemaOf<Name, "params">, z.ZodType>>;
export type ResultOf<Name extends ActionName> = z.output<Extract<SchemaOf<Name, "result">, z.ZodType>>;

/** Calls an action; its name, params and result are those of the contracts. */
export type Call = <Name extends ActionName>(name: Name, params: ParamsOf<Name>) => Promise<ResultOf<Name>>;

/** The contract of an action by its full name; undefined for an action that is not ours. */
export function actionContract(name: string): ActionContract | undefined {
  return actionContracts.get(name);
}

const actionContracts = new Map<string, ActionContract>(
  Object.values(contracts).flatMap((contract) =>
    Object.entries<ActionContract>(contract.actions).map(([action, each]) => [
      `${contract.name}.${action}`,
      each,
    ]),
  ),
);

type EventsOf<Service extends Producer> = Contracts[Service]["events"];
/** The types of all events, like `invoice.issued`. */
export type EventType = { [Service in Producer]: keyof EventsOf<Service> & string }[Producer];
/** The types of the events that one service produces. */
export type EventTypeOf<Service extends Producer> = keyof EventsOf<Service> & string;
type EventSchema<Type extends EventType> = {
  [Service in Producer]: Type extends keyof EventsOf<Service> ? EventsOf<Service>[Type] : never;
}[Producer];
export type PayloadOf<Type extends EventType> = z.output<Extract<EventSchema<Type>, z.ZodType>>;

const owners = new Map<string, { producer: Producer; schema: z.ZodType }>(
  Object.values(contracts).flatMap((contract) =>
    Object.entries(contract.events).map(
      ([type, schema]) => [type, { producer: contract.name, schema }] as const,
    ),
  ),
);

/**
 * The producer of an event and the schema of its payload.
 * @throws Error for a type that no contract declares
 */
export function eventContract(type: string): { producer: Producer; schema: z.ZodType } {
  const owner = owners.get(type);
  if (owner === undefined) throw new Error(`no contract declares the event ${type}`);
  return owner;
}
