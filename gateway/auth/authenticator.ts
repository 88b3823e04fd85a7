import jwt from "jsonwebtoken";
import type { Logger, ServiceBroker } from "moleculer";
import { z } from "zod";
import { ANONYMOUS, asService, type Caller } from "../../shared/service/caller";
import { callAs } from "../../shared/service/call";
import { BillingError, unauthorized, unavailable } from "../../shared/errors";
import { Worker } from "../../shared/service/worker";
import { accessClaims, TOKEN_AUDIENCE, TOKEN_ISSUER } from "../../shared/contracts/identity";
import { API_KEY_PREFIX } from "../../shared/contracts/api-keys";
import { ApiKeys } from "./api-keys";
import { PublicKeys } from "./public-keys";
import { RateLimits, type RateUse } from "./rate-limits";
import { Revocations } from "./revocations";
import { VerifiedTokens } from "./verified-tokens";

const REFRESH_EVERY_MS = 10_000;
const REPORT_USE_EVERY_MS = 60_000;
const IDENTITY_TIMEOUT_MS = 2_000;

const tokenHeader = z.object({ alg: z.literal("ES256"), kid: z.string().max(200) });
/** `exp` is required: a token without it would never expire. */
const tokenClaims = accessClaims.extend({ exp: z.number() });
type TokenClaims = z.infer<typeof tokenClaims>;

/** Who is calling. */
export interface Authenticated {
  caller: Caller;
  /** this call counted against the limit of its API key; undefined for callers without a limit */
  rate?: RateUse;
}

/**
 * Finds out who is calling from the access token or API key, with public keys, revocations and API keys kept
 * in memory.
 */
export class Authenticator {
  readonly #keys: PublicKeys;
  readonly #revocations: Revocations;
  readonly #apiKeys: ApiKeys;
  readonly #rates = new RateLimits();
  readonly #verified = new VerifiedTokens<TokenClaims>();
  readonly #refresher: Worker;
  readonly #reporter: Worker;

  constructor(broker: ServiceBroker, log: Logger) {
    const asGateway = callAs(broker, asService("gateway"), { timeout: IDENTITY_TIMEOUT_MS });
    this.#keys = new PublicKeys(asGateway);
    this.#revocations = new Revocations(asGateway);
    this.#apiKeys = new ApiKeys(asGateway);
    this.#refresher = new Worker({
      name: "refresh of public keys and revocations",
      interval_ms: REFRESH_EVERY_MS,
      step: async () => {
        await Promise.all([this.#revocations.refresh(), this.#keys.refresh()]);
        return 0;
      },
      log,
    });
    this.#reporter = new Worker({
      name: "report of the API keys that were used",
      interval_ms: REPORT_USE_EVERY_MS,
      step: async () => {
        this.#rates.tidy();
        await this.#apiKeys.reportUse();
        return 0;
      },
      log,
    });
  }

  /** Starts to refresh public keys and revocations every ten seconds, and to report used API keys. */
  start(): void {
    this.#refresher.start();
    this.#reporter.start();
  }

  /** Keys used in the last minute are not reported: in one process, identity stops at the same time. */
  async stop(): Promise<void> {
    await Promise.all([this.#refresher.stop(), this.#reporter.stop()]);
  }

  /** Refreshes now, because identity has changed something. */
  wake(): void {
    this.#apiKeys.forget();
    this.#refresher.wake();
  }

  /**
   * Gives the caller for an Authorization header; without a header, the anonymous caller.
   * @throws BillingError 401 when the header holds no valid access token or API key, 503 when identity must
   *   be asked and does not answer
   */
  async authenticate(authorization: string | undefined): Promise<Authenticated> {
    if (authorization === undefined || authorization === "") return { caller: ANONYMOUS };
    const [, credential] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
    if (credential?.startsWith(API_KEY_PREFIX) === true) return this.#ofKey(credential);
    if (credential === undefined || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(credential))
      throw refused("The Authorization header must be `Bearer`, and an access token or API key.");
    return { caller: await this.#ofToken(credential) };
  }

  async #ofKey(text: string): Promise<Authenticated> {
    const { id, scope, rateLimit } = await this.#apiKeys.check(text).catch((error: unknown) => {
      throw error instanceof BillingError && error.code === 401 ? error : unavailable("identity");
    });
    return { caller: { kind: "key", keyId: id, scope }, rate: this.#rates.count(id, rateLimit) };
  }

  async #ofToken(token: string): Promise<Caller> {
    const { sub, staff, sid, customers } =
      this.#verified.find(token, (key) => this.#keys.has(key)) ?? (await this.#verify(token));
    if (await orUnavailable(this.#revocations.isRevoked(sid)))
      throw refused("The access token has been revoked.");
    return { kind: "user", userId: sub, isStaff: staff, customers, sessionId: sid };
  }

  async #verify(token: string): Promise<TokenClaims> {
    const header = tokenHeader.safeParse(decodedHeader(token));
    if (!header.success) throw refused("The access token is not valid.");
    const key = await orUnavailable(this.#keys.find(header.data.kid));
    if (key === undefined) throw refused("The access token is not valid.");
    const claims = tokenClaims.safeParse(verifiedPayload(token, key));
    if (!claims.success) throw refused("The access token is not valid.");
    this.#verified.remember(token, key, claims.data);
    return claims.data;
  }
}

/** When identity does not answer, for whatever reason, the request ends with 503. */
function orUnavailable<T>(answer: Promise<T>): Promise<T> {
  return answer.catch(() => {
    throw unavailable("identity");
  });
}

function decodedHeader(token: string): unknown {
  try {
    return jwt.decode(token, { complete: true })?.header;
  } catch {
    return undefined;
  }
}

function verifiedPayload(token: string, key: jwt.PublicKey): unknown {
  try {
    return jwt.verify(token, key, { algorithms: ["ES256"], issuer: TOKEN_ISSUER, audience: TOKEN_AUDIENCE });
  } catch (error) {
    if (error instanceof jwt.TokenExpiredError)
      throw refused("The access token has expired.", "token.expired");
    // Whatever else `verify` throws: for a signature that is not 64 bytes it is a plain TypeError.
    return undefined;
  }
}

function refused(detail: string, type = "token.invalid"): Error {
  return unauthorized(type, detail);
}
