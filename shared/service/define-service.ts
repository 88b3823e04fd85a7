import type { Context } from "moleculer";
import { contracts, type ActionName, type Contracts, type Producer } from "../contracts";
import type { ActionContract, kitActions } from "../contracts/contract";
import { withAuthor } from "../events/audit-log";
import { actionSchema } from "./action-schema";
import type { BillingSchema, BillingService } from "./billing-service";
import { callAs } from "./call";
import { asService, authorOf, callerOf, requestIdOf } from "./caller";
import { eventPath, type EventPathOptions } from "./event-path.mixin";
import { attemptOf, type IdempotencyMeta } from "./idempotency/attempt";
import { runOnce } from "./idempotency/run-once";
import type { ActionEnv, ActionHandler, ServiceEnv } from "./service-env";

type OwnActions<Name extends Producer> = Exclude<
  keyof Contracts[Name]["actions"] & string,
  keyof typeof kitActions
>;

/** What makes a service out of its contract. */
export interface ServiceDefinition<Name extends Producer, Tools> extends EventPathOptions<Tools> {
  /** one handler for each action of the contract */
  actions: { [Action in OwnActions<Name>]: ActionHandler<`${Name}.${Action}` & ActionName, Tools> };
  /** runs when all is ready, before the first call; not in a process that only observes */
  started?: (env: ServiceEnv<Tools>) => Promise<void>;
  /** further Moleculer mixins, like moleculer-cron */
  mixins?: Partial<BillingSchema<Tools>>[];
}

/** Builds the Moleculer schema of a service from its contract and what it does about it. */
export function defineService<Name extends Producer, Tools = undefined>(
  name: Name,
  definition: ServiceDefinition<Name, Tools>,
): BillingSchema<Tools> {
  const { actions, mixins = [], started } = definition;
  const actionContracts: Record<string, ActionContract> = contracts[name].actions;
  const own = Object.entries<AnyHandler<Tools>>(actions).map(([action, handler]) => {
    const contract = actionContracts[action];
    if (contract === undefined) throw new Error(`the contract has no action ${name}.${action}`);
    return [action, actionSchema(contract, toMoleculer(`${name}.${action}`, contract, handler))] as const;
  });
  return {
    name,
    mixins: [eventPath(name, definition), ...mixins],
    actions: Object.fromEntries(own),
    async started() {
      if (!this.broker.runtime.observes) await started?.(this.env);
    },
  };
}

/**
 * A handler whose params the contract middleware has parsed. A method, so that handlers of any params fit.
 */
type AnyHandler<Tools> = { handle(env: ActionEnv<unknown, Tools>): Promise<unknown> }["handle"];

function toMoleculer<Tools>(name: string, { idempotency: kind }: ActionContract, handler: AnyHandler<Tools>) {
  return async function (this: BillingService<Tools>, ctx: Context): Promise<unknown> {
    const { env, doorbell } = this;
    const caller = callerOf(ctx);
    const requestId = requestIdOf(ctx);
    const author = authorOf(caller, requestId);
    const run = (transaction: ServiceEnv["transaction"]) =>
      handler({
        ...env,
        transaction: (work) => transaction((trx) => work(author ? withAuthor(trx, author) : trx)),
        params: ctx.params,
        caller,
        requestId,
        author,
        call: callAs(ctx.broker, asService(env.service), { parentCtx: ctx }),
      });
    if (kind === undefined) return run(env.transaction);
    const attempt = attemptOf(ctx, { action: name, kind, caller });
    if (attempt === undefined) return run(env.transaction);
    const { db, transaction } = env;
    const committed = () => doorbell.ring();
    const { answer, replayed } = await runOnce({ kind, attempt, db, transaction, committed, run });
    (ctx.meta as IdempotencyMeta).replayed = replayed;
    return answer;
  };
}
