import type Stripe from "stripe";
import type { Scope } from "./api/call";
import { Faults } from "./api/faults";
import { close, createHttpServer, listen } from "./api/http-server";
import { Api, type Origin } from "./api/pipeline";
import { API_VERSION } from "./api/version";
import { LateRefunds } from "./late-refunds";
import { DEFAULT_RETRY_DELAYS_MS, SILENT, type SandboxOptions, assertSafe } from "./options";
import { routesOf } from "./resources";
import { newId } from "./state/ids";
import { StateFile, readState } from "./state/state-file";
import { Store } from "./state/store";
import { stripeJs } from "./stripe-js";
import { Deliverer } from "./webhooks/deliverer";

export type { Fault, FaultTarget, PlannedFault } from "./api/faults";
export type { SandboxLog, SandboxOptions } from "./options";
export { TEST_CARDS } from "./domain/test-cards";

/** What tests do to webhooks. */
export interface WebhookControls {
  /** First attempts wait this long, in ms, from now on. */
  delay(ms: number): void;
  /** Every event is sent this many times, from now on. */
  duplicate(copies: number): void;
  /** Loses events of a type ("charge.refunded", "charge.*", "*") for good: all, or the next few. */
  drop(type: string, times?: number): void;
  /** Deliveries pile up until they are released. */
  hold(): void;
  /** Delivers what was held, one after the other; resolves when each had its first attempt. */
  release(order: "oldest_first" | "newest_first"): Promise<void>;
  /** Sends an event once more. */
  resend(eventId: string): void;
  /** Ends delay, duplicate and drop. */
  reset(): void;
  /** Resolves when nothing is on its way or waiting for another attempt; what is held does not count. */
  idle(): Promise<void>;
}

export interface Sandbox {
  /** Where browsers reach it, without a trailing slash. */
  readonly url: string;
  /** Where the page loads the stand-in for Stripe.js from. */
  readonly stripeJsUrl: string;
  readonly port: number;
  readonly webhooks: WebhookControls;
  /** Makes API calls to come go wrong. */
  readonly faults: Faults;
  /** Brings the late outcomes of refunds now. */
  settleRefunds(): Promise<void>;
  /** Ends it, requests in flight finished, the state kept. Safe to call twice. */
  stop(): Promise<void>;
}

/** The endpoint of the options; it follows them at each start. */
const CONFIGURED_ENDPOINT = "we_configured";
const LATE_OUTCOME_MS = 3_000;

function configureEndpoint(store: Store, options: SandboxOptions, created: number): void {
  store.delete("webhook_endpoints", CONFIGURED_ENDPOINT);
  if (options.webhookUrl === undefined || options.webhookSecret === undefined) return;
  store.put("webhook_endpoints", {
    id: CONFIGURED_ENDPOINT,
    object: "webhook_endpoint",
    api_version: API_VERSION,
    application: null,
    created,
    description: "From the configuration",
    enabled_events: ["*"],
    livemode: false,
    metadata: {},
    secret: options.webhookSecret,
    status: "enabled",
    url: options.webhookUrl,
  });
}

function scopeMaker(store: Store, now: () => number, publish: (event: Stripe.Event) => void) {
  return (origin: Origin | null): Scope => {
    const nowMs = now();
    const request = origin && { id: origin.requestId, idempotency_key: origin.idempotencyKey };
    const emit: Scope["emit"] = (type, object, previousAttributes) => {
      const copy: object = structuredClone(object);
      const data = previousAttributes
        ? { object: copy, previous_attributes: previousAttributes }
        : { object: copy };
      const event = {
        id: newId("evt"),
        object: "event",
        api_version: API_VERSION,
        created: Math.floor(nowMs / 1000),
        data,
        livemode: false,
        pending_webhooks: 0,
        request,
        type,
        // The SDK's union pairs each type with its object; here the callers of emit do.
      } as Stripe.Event;
      store.put("events", event);
      publish(event);
    };
    return { store, nowMs, emit };
  };
}

function controlsOf(deliverer: Deliverer): WebhookControls {
  const { disturbances } = deliverer;
  return {
    delay: (ms) => void (disturbances.delayMs = ms),
    duplicate: (copies) => void (disturbances.copies = copies),
    drop: (type, times) => disturbances.drop(type, times),
    hold: () => void (disturbances.holding = true),
    release: (order) => deliverer.release(order),
    resend: (eventId) => deliverer.resend(eventId),
    reset: () => disturbances.reset(),
    idle: () => deliverer.idle(),
  };
}

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
    settleRefunds: () => lateRefunds.settle(() => true),
    stop: () => (stopped ??= shutDown()),
  };
}
