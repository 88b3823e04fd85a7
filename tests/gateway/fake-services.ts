import { generateKeyPairSync, randomUUID, type KeyObject } from "node:crypto";
import jwt from "jsonwebtoken";
import type { Context, ServiceBroker } from "moleculer";
import { gatewayUrl } from "../../gateway/gateway.service";
import { ANONYMOUS, requireAccess, type Caller } from "../../shared/service/caller";
import { fromZodError } from "../../shared/errors";
import { contracts, type ActionName, type ParamsOf, type ResultOf } from "../../shared/contracts";
import type { ActionContract } from "../../shared/contracts/contract";
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from "../../shared/contracts/identity";

/** A call that reached a service. */
export interface Call {
  action: string;
  params: unknown;
  caller: Caller;
  requestId: string | null;
}

type Handler<Name extends ActionName> = (
  params: ParamsOf<Name>,
  caller: Caller,
) => ResultOf<Name> | Promise<ResultOf<Name>>;

/** The calls by which the gateway keeps itself informed about tokens. */
const LOOKUPS = new Set<string>(["identity.publicKeys", "identity.revocations"]);

/** A signing key of identity. */
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
 * Services whose answers a test decides, so that the gateway is tested by itself. Params, access and results
 * are checked against the contracts.
 */
export class FakeServices {
  /** all calls except the lookups */
  readonly calls: Call[] = [];
  /** calls for identity's keys and revocations */
  readonly lookups: string[] = [];
  readonly key = signingKey();
  readonly #handlers = new Map<string, (params: unknown, caller: Caller) => unknown>();
  readonly #broker: ServiceBroker;

  constructor(broker: ServiceBroker) {
    this.#broker = broker;
    this.on("identity.publicKeys", () => [{ kid: this.key.kid, pem: this.key.pem }]);
    this.on("identity.revocations", () => ({ items: [], next: null }));
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

  /** Sets how an action answers from now on. */
  on<Name extends ActionName>(action: Name, handler: Handler<Name>): void {
    this.#handlers.set(action, (params, caller) => handler(params as ParamsOf<Name>, caller));
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

  /** Makes an access token as identity does, or with something changed. */
  token(
    {
      staff = false,
      sub = randomUUID(),
      sid = randomUUID(),
      customers = [],
    }: { staff?: boolean; sub?: string; sid?: string; customers?: string[] } = {},
    options: jwt.SignOptions = {},
    key: Pick<SigningKey, "kid" | "privateKey"> = this.key,
  ): string {
    return jwt.sign({ staff, sid, customers }, key.privateKey, {
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
    requireAccess(caller, contract.access, contract.key);
    const parsed = contract.params.safeParse(ctx.params);
    if (!parsed.success) throw fromZodError(parsed.error);
    if (LOOKUPS.has(action)) this.lookups.push(action);
    else this.calls.push({ action, params: parsed.data, caller, requestId: ctx.requestID });
    const handler = this.#handlers.get(action);
    if (handler === undefined) throw new Error(`the test has no handler for ${action}`);
    const answer = await handler(parsed.data, caller);
    contract.result.parse(answer);
    return answer;
  }

  get url(): string {
    return gatewayUrl(this.#broker);
  }
}
