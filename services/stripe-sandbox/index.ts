import { Faults } from "./api/faults";
import { close, createHttpServer, listen } from "./api/http-server";
import { Api } from "./api/pipeline";
import { scopeMaker } from "./api/scope";
import { LateRefunds } from "./late-refunds";
import { DEFAULT_RETRY_DELAYS_MS, SILENT, type SandboxOptions, assertSafe } from "./options";
import { routesOf } from "./resources";
import { StateFile, readState } from "./state/state-file";
import { Store } from "./state/store";
import { stripeJs } from "./stripe-js";
import { configureEndpoint } from "./webhooks/configured-endpoint";
import { type WebhookControls, controlsOf } from "./webhooks/controls";
import { Deliverer } from "./webhooks/deliverer";

export type { Fault, FaultTarget, PlannedFault } from "./api/faults";
export type { SandboxLog, SandboxOptions } from "./options";
export type { WebhookControls } from "./webhooks/controls";
export { TEST_CARDS } from "./domain/test-cards";

export interface Sandbox {
  /** Where browsers reach it, without a slash at the end. */
  readonly url: string;
  /** Where the page loads the stand-in for Stripe.js from. */
  readonly stripeJsUrl: string;
  readonly port: number;
  readonly webhooks: WebhookControls;
  /** Makes the next API calls fail. */
  readonly faults: Faults;
  /** Ends the refunds with a late outcome now. */
  finishRefunds(): Promise<void>;
  /** Forgets all idempotency keys, as Stripe may after a day. */
  forgetKeys(): void;
  /** Stops after the requests in flight, and saves the state. Can be called twice. */
  stop(): Promise<void>;
}

/** The default time until a late outcome. */
const LATE_OUTCOME_MS = 3_000;

/**
 * Starts a stand-in for Stripe that the same SDK and page talk to, for development and tests.
 * @throws Error for live keys, with NODE_ENV=production, for a taken port or an unreadable state file
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  assertSafe(options);
  const {
    host = "127.0.0.1",
    log = SILENT,
    now = Date.now,
    stateFile,
    lateOutcomeMs = LATE_OUTCOME_MS,
  } = options;
  const store = new Store(stateFile === undefined ? {} : await readState(stateFile));
  configureEndpoint(store, options, Math.floor(now() / 1000));
  const file = stateFile === undefined ? null : new StateFile(stateFile, store);
  const save = (): Promise<void> => file?.save() ?? Promise.resolve();

  const retryDelaysMs = options.retryDelaysMs ?? DEFAULT_RETRY_DELAYS_MS;
  const deliverer = new Deliverer({ store, retryDelaysMs, log, save });
  const scope = scopeMaker(store, now, (event) => deliverer.publish(event));
  const lateRefunds = new LateRefunds({ store, scope: () => scope(null), save, log });
  const faults = new Faults();
  const api = new Api({
    store,
    keys: options,
    routes: routesOf({ lateOutcomeMs, onLateRefund: () => lateRefunds.watch() }),
    faults,
    log,
    nowMs: now,
    scopeFor: scope,
    save,
  });
  const server = createHttpServer({ api, stripeJs, log });
  const port = await listen(server, host, options.port ?? 0);
  deliverer.resume();
  lateRefunds.watch();

  const address = host.includes(":") ? `[${host}]` : host;
  const url = (options.publicUrl ?? `http://${address}:${port}`).replace(/\/+$/, "");
  let stopped: Promise<void> | undefined;
  const shutDown = async (): Promise<void> => {
    lateRefunds.stop();
    await close(server);
    await deliverer.stop();
    await save();
  };
  return {
    url,
    stripeJsUrl: `${url}/stripe.js`,
    port,
    webhooks: controlsOf(deliverer),
    faults,
    finishRefunds: () => lateRefunds.finish(() => true),
    forgetKeys: () => {
      for (const { id } of store.all("answers")) store.delete("answers", id);
    },
    stop: () => (stopped ??= shutDown()),
  };
}
