import jwt from "jsonwebtoken";
import type { Logger, ServiceBroker } from "moleculer";
import { z } from "zod";
import { ANONYMOUS, asService, type Caller } from "../../shared/service/caller";
import { callAs } from "../../shared/service/call";
import { unauthorized, unavailable } from "../../shared/errors";
import { Worker } from "../../shared/service/worker";
import { accessClaims, TOKEN_AUDIENCE, TOKEN_ISSUER } from "../../shared/contracts/identity";
import { PublicKeys } from "./public-keys";
import { Revocations } from "./revocations";
import { VerifiedTokens } from "./verified-tokens";

const REFRESH_EVERY_MS = 10_000;
const IDENTITY_TIMEOUT_MS = 2_000;

const tokenHeader = z.object({ alg: z.literal("ES256"), kid: z.string().max(200) });
/** `exp` is required: a token without it would never expire. */
const tokenClaims = accessClaims.extend({ exp: z.number() });
type TokenClaims = z.infer<typeof tokenClaims>;

/** Finds out who is calling from the access token, with keys and revocations kept in memory. */
export class Authenticator {
  readonly #keys: PublicKeys;
  readonly #revocations: Revocations;
  readonly #verified = new VerifiedTokens<TokenClaims>();
  readonly #refresher: Worker;

  constructor(broker: ServiceBroker, log: Logger) {
    const asGateway = callAs(broker, asService("gateway"), { timeout: IDENTITY_TIMEOUT_MS });
    this.#keys = new PublicKeys(asGateway);
    this.#revocations = new Revocations(asGateway);
    this.#refresher = new Worker({
      name: "refresh of public keys and revocations",
      interval_ms: REFRESH_EVERY_MS,
      step: async () => {
        await Promise.all([this.#revocations.refresh(), this.#keys.refresh()]);
        return 0;
      },
      log,
    });
  }

  /** Starts to refresh keys and revocations every ten seconds. */
  start(): void {
    this.#refresher.start();
  }

  stop(): Promise<void> {
    return this.#refresher.stop();
  }

  /** Refreshes now, because identity has changed something. */
  wake(): void {
    this.#refresher.wake();
  }

  /**
   * Gives the caller for an Authorization header; without a header, the anonymous caller.
   * @throws BillingError 401 when the header holds no valid access token, 503 when identity must be asked and
   *   does not answer
   */
  async authenticate(authorization: string | undefined): Promise<Caller> {
    if (authorization === undefined || authorization === "") return ANONYMOUS;
    const [, token] = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i.exec(authorization) ?? [];
    if (token === undefined) throw refused("The Authorization header must be `Bearer <access token>`.");

    const { sub, staff, sid, customers } =
      this.#verified.find(token, (key) => this.#keys.has(key)) ?? (await this.#verify(token));
    if (await orUnavailable(this.#revocations.isRevoked(sid)))
      throw refused("The access token has been revoked.");
    return { kind: "user", userId: sub, isStaff: staff, customers };
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
