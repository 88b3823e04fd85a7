import type { IncomingMessage } from "node:http";
import type { SandboxLog } from "../options";
import { newId } from "../state/ids";
import type { Store } from "../state/store";
import { type Keys, assertOpenTo, authenticate } from "./auth";
import { readForm } from "./body";
import type { Call, KeyKind, Route, Scope } from "./call";
import { ApiError } from "./errors";
import { expansionsIn } from "./expand";
import type { Faults, MetFault } from "./faults";
import { type FormObject, parseForm } from "./form";
import { type Answer, IdempotencyKeys, fingerprintOf } from "./idempotency";
import { present, presentError } from "./presentation";
import { type Match, matchRoute } from "./router";
import { upgradeParams, versionOf } from "./version";

/** Which request caused an event. */
export interface Origin {
  requestId: string;
  idempotencyKey: string | null;
}

export interface ApiOptions {
  store: Store;
  keys: Keys;
  routes: readonly Route[];
  faults: Faults;
  log: SandboxLog;
  nowMs: () => number;
  scopeFor(origin: Origin): Scope;
  /** Resolves when the state is saved; only then is the request answered. */
  save: () => Promise<void>;
}

export interface ApiAnswer extends Answer {
  headers: Record<string, string>;
}

interface Request extends Match {
  pathname: string;
  key: KeyKind;
  origin: Origin;
  params: FormObject;
  expansions: string[];
  fingerprint: string;
}

function toApiError(error: unknown, log: SandboxLog): ApiError {
  if (error instanceof ApiError) return error;
  log.error(`Sandbox: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return new ApiError(
    500,
    { type: "api_error", message: "The sandbox failed to carry out this request." },
    true,
  );
}

/** Answers requests to Stripe's API. */
export class Api {
  readonly #idempotencyKeys: IdempotencyKeys;
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#idempotencyKeys = new IdempotencyKeys(options.store, options.nowMs);
  }

  /** Answers a request, also with errors; "die" means that the connection must break. */
  async answer(request: IncomingMessage): Promise<ApiAnswer | "die"> {
    const key = request.headers["idempotency-key"];
    const isPost = request.method === "POST";
    const idempotencyKey = isPost && typeof key === "string" && key !== "" ? key : null;
    const origin: Origin = { requestId: newId("req"), idempotencyKey };
    const common: Record<string, string> = { "Request-Id": origin.requestId };
    if (idempotencyKey !== null) common["Idempotency-Key"] = idempotencyKey;
    try {
      const answer = await this.#respond(request, origin);
      return answer === "die" ? answer : { ...answer, headers: { ...common, ...answer.headers } };
    } catch (thrown) {
      const error = toApiError(thrown, this.#options.log);
      return { status: error.status, body: presentError(error.body, "publishable"), headers: common };
    }
  }

  async #respond(request: IncomingMessage, origin: Origin): Promise<ApiAnswer | "die"> {
    const asked = await this.#read(request, origin);
    const fault = this.#options.faults.meet(asked.route.method, asked.pathname);
    if (fault?.kind === "die_before_acting") return "die";
    if (fault?.kind === "error_500") {
      throw new ApiError(500, { type: "api_error", message: "An unknown error occurred." }, false);
    }
    const { idempotencyKey } = origin;
    if (idempotencyKey === null) return this.#actOnce(asked, fault);
    const earlier = this.#idempotencyKeys.begin(idempotencyKey, asked.fingerprint);
    if (earlier) {
      const headers = { "Idempotent-Replayed": "true", "Original-Request": earlier.requestId };
      return fault?.kind === "die_after_acting"
        ? "die"
        : { status: earlier.status, body: earlier.body, headers };
    }
    try {
      return await this.#actOnce(asked, fault);
    } finally {
      this.#idempotencyKeys.end(idempotencyKey);
    }
  }

  async #read(request: IncomingMessage, origin: Origin): Promise<Request> {
    const { method = "GET", url = "/" } = request;
    const { pathname, search } = new URL(url, "http://sandbox");
    const body = await readForm(request);
    const key = authenticate(request.headers.authorization, this.#options.keys);
    const match = matchRoute(this.#options.routes, method, pathname);
    assertOpenTo(key, match.route.publishable === true);
    const form = parseForm(method === "POST" ? body : search);
    const { expand: _expand, ...rest } = form;
    const params = upgradeParams(rest, versionOf(request.headers));
    // The kind of key is part of it: a browser must not replay the server's answer.
    const fingerprint = fingerprintOf(`${key} ${method}`, pathname, form);
    return { ...match, pathname, key, origin, params, expansions: expansionsIn(form), fingerprint };
  }

  async #actOnce(asked: Request, fault: MetFault | null): Promise<ApiAnswer | "die"> {
    const { idempotencyKey, requestId } = asked.origin;
    if (fault?.kind === "hold") await fault.released;
    const { answer, replayable } = this.#act(asked);
    if (idempotencyKey !== null && replayable) {
      this.#idempotencyKeys.remember(idempotencyKey, asked.fingerprint, requestId, answer);
    }
    if (asked.route.method !== "GET") await this.#options.save();
    return fault?.kind === "die_after_acting" ? "die" : { ...answer, headers: {} };
  }

  /** Runs the call's handler, in one synchronous step. */
  #act(asked: Request): { answer: Answer; replayable: boolean } {
    const { key, origin, params, path } = asked;
    let acted = false;
    try {
      const call: Call = { ...this.#options.scopeFor(origin), key, params, path };
      const body = asked.route.handler(call);
      acted = true;
      return { answer: { status: 200, body: present(this.#options.store, body, asked) }, replayable: true };
    } catch (thrown) {
      const error = toApiError(thrown, this.#options.log);
      const answer = { status: error.status, body: presentError(error.body, key) };
      return { answer, replayable: acted || error.replayable };
    }
  }
}
