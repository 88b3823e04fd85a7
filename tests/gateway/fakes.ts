import { generateKeyPairSync, randomUUID, type KeyObject } from "node:crypto";
import jwt from "jsonwebtoken";
import type { Context, ServiceBroker } from "moleculer";
import { gatewayUrl } from "../../gateway/gateway.service";
import { resources } from "../../gateway/routes";
import { ANONYMOUS, requireAccess, type Caller } from "../../shared/service/caller";
import { fromZodError } from "../../shared/errors";
import { contracts, type ActionName, type ParamsOf, type ResultOf } from "../../shared/contracts";
import type { ActionContract } from "../../shared/contracts/contract";
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from "../../shared/contracts/identity";

/** One call that reached a service. */
export interface Call {
  action: string;
  params: unknown;
  caller: Caller;
  requestId: string | null;
}

type Script<Name extends ActionName> = (
  params: ParamsOf<Name>,
  caller: Caller,
) => ResultOf<Name> | Promise<ResultOf<Name>>;

const LOOKUPS = new Set<string>(["identity.publicKeys", "identity.revocations"]);

/** A signing key as identity has it. */
export interface SigningKey {
  kid: string;
  privateKey: KeyObject;
  pem: string;
}

export function signingKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { kid: randomUUID(), privateKey, pem: publicKey.export({ type: "spki", format: "pem" }).toString() };
}

/**
 * Services that answer as their contracts say - params, access and results are checked - with what a test has
 * scripted, so that the gateway is tested by itself.
 */
export class FakeServices {
  /** all calls but those by which the gateway keeps itself informed about tokens */
  readonly calls: Call[] = [];
  /** those */
  readonly lookups: string[] = [];
  readonly key = signingKey();
  readonly #scripts = new Map<string, Script<ActionName>>();
  readonly #broker: ServiceBroker;

  constructor(broker: ServiceBroker) {
    this.#broker = broker;
    this.on("identity.publicKeys", () => [{ kid: this.key.kid, pem: this.key.pem }]);
    this.on("identity.revocations", () => []);
    for (const { name, actions } of Object.values(contracts)) {
      broker.createService({
        name,
        actions: Object.fromEntries(
          Object.entries<ActionContract>(actions).map(([action, contract]) => [
            action,
            { handler: (ctx: Context) => this.#act(`${name}.${action}`, contract, ctx) },
          ]),
        ),
      });
    }
  }

  /** Scripts what an action answers from now on. */
  on<Name extends ActionName>(action: Name, script: Script<Name>): void {
    this.#scripts.set(action, script);
  }

  /** Forgets all calls so far. */
  clear(): void {
    this.calls.length = 0;
    this.lookups.length = 0;
  }

  /** The calls of one action. */
  callsOf(action: ActionName): Call[] {
    return this.calls.filter((call) => call.action === action);
  }

  /** An access token as identity makes them, or with something changed. */
  token(
    { staff = false, sub = randomUUID(), ver = 1 }: { staff?: boolean; sub?: string; ver?: number } = {},
    options: jwt.SignOptions = {},
    key: Pick<SigningKey, "kid" | "privateKey"> = this.key,
  ): string {
    return jwt.sign({ staff, ver }, key.privateKey, {
      algorithm: "ES256",
      keyid: key.kid,
      issuer: TOKEN_ISSUER,
      audience: TOKEN_AUDIENCE,
      subject: sub,
      expiresIn: "15m",
      ...options,
    });
  }

  async #act(action: string, contract: ActionContract, ctx: Context): Promise<unknown> {
    const caller = (ctx.meta as { caller?: Caller }).caller ?? ANONYMOUS;
    requireAccess(caller, contract.access);
    const parsed = contract.params.safeParse(ctx.params);
    if (!parsed.success) throw fromZodError(parsed.error);
    if (LOOKUPS.has(action)) this.lookups.push(action);
    else this.calls.push({ action, params: parsed.data, caller, requestId: ctx.requestID });
    const script = this.#scripts.get(action);
    if (script === undefined) throw new Error(`nobody has scripted ${action}`);
    const answer = await script(parsed.data as never, caller);
    contract.result.parse(answer);
    return answer;
  }

  get url(): string {
    return gatewayUrl(this.#broker);
  }
}

export interface Sent {
  token?: string | undefined;
  /** sent as JSON; a string as it is */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Received {
  status: number;
  headers: Headers;
  text: string;
  /** the parsed body, null for none */
  body: unknown;
}

/** Sends requests, and holds every good JSON answer against what the interface says of itself. */
export function client(url: () => string) {
  const send = async (method: string, path: string, sent: Sent = {}): Promise<Received> => {
    const { token, headers = {} } = sent;
    const response = await fetch(`${url()}${path}`, {
      method,
      redirect: "manual",
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(sent.body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(sent.body === undefined
        ? {}
        : { body: typeof sent.body === "string" ? sent.body : JSON.stringify(sent.body) }),
    });
    const text = await response.text();
    const isJson = text !== "" && /\bjson\b/.test(response.headers.get("content-type") ?? "");
    const body = isJson ? (JSON.parse(text) as unknown) : null;
    const received = { status: response.status, headers: response.headers, text, body };
    if (received.status < 400 && method !== "HEAD") expectDescribed(method, path, received);
    return received;
  };
  return {
    send,
    get: (path: string, sent?: Sent) => send("GET", path, sent),
    post: (path: string, sent?: Sent) => send("POST", path, sent),
    put: (path: string, sent?: Sent) => send("PUT", path, sent),
    patch: (path: string, sent?: Sent) => send("PATCH", path, sent),
    delete: (path: string, sent?: Sent) => send("DELETE", path, sent),
  };
}
export type Client = ReturnType<typeof client>;

function expectDescribed(method: string, path: string, { status, headers, body }: Received): void {
  const [plain = ""] = path.split("?");
  const full = /^\/(plans|subscriptions|invoices)\b/.test(plain) ? `/api${plain}` : plain;
  const route = resources({ testClock: true })
    .flatMap(({ routes }) => routes)
    .filter((each) => each.method === method.toLowerCase())
    .find((each) =>
      new RegExp(`^${each.path.replace(/\/$/, "").replaceAll(/\{\w+\}/g, "[^/]+")}/?$`).test(full),
    );
  if (route === undefined) return;
  const described = route.response[status];
  if (described === undefined)
    throw new Error(`${method} ${path} answered ${status}, which is not described`);
  const json = [described].flat().find((each) => each !== null && typeof each !== "string");
  if (headers.get("content-type")?.includes("json") === true) json?.parse(body);
}
