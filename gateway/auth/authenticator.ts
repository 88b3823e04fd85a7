import jwt from "jsonwebtoken";
import type { Logger, ServiceBroker } from "moleculer";
import { z } from "zod";
import { ANONYMOUS, SYSTEM, type Caller } from "../../shared/service/caller";
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
/** A token without an end would never be refused for its age. */
const tokenClaims = accessClaims.extend({ exp: z.number() });
type TokenClaims = z.infer<typeof tokenClaims>;

/** Learns from an access token who is calling, without a call per request. */
export class Authenticator {
  readonly #keys: PublicKeys;
  readonly #revocations: Revocations;
  readonly #verified = new VerifiedTokens<TokenClaims>();
  readonly #refresher: Worker;

  constructor(broker: ServiceBroker, log: Logger) {
    const asSystem = callAs(broker, SYSTEM, { timeout: IDENTITY_TIMEOUT_MS });
    this.#keys = new PublicKeys(asSystem);
    this.#revocations = new Revocations(asSystem);
    this.#refresher = new Worker({
      name: "asking identity for keys and revocations",
      interval_ms: REFRESH_EVERY_MS,
      step: async () => {
        await Promise.all([this.#revocations.refresh(), this.#keys.refresh()]);
        return 0;
      },
      log,
    });
  }

  /** Begins to look for revoked tokens and changed keys every ten seconds. */
  start(): void {
    this.#refresher.start();
  }

  stop(): Promise<void> {
    return this.#refresher.stop();
  }

  /** Looks now, because identity has changed something. */
  wake(): void {
    this.#refresher.wake();
  }

  /**
   * The caller that an Authorization header stands for; nobody, where there is none.
   * @throws BillingError 401 for a header that is no valid access token, 503 when identity has to be asked
   *   and cannot
   */
  async authenticate(authorization: string | undefined): Promise<Caller> {
    if (authorization === undefined || authorization === "") return ANONYMOUS;
    const [, token] = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i.exec(authorization) ?? [];
    if (token === undefined)
      throw refused("The Authorization header must be: Bearer, a blank, an access token.");

    const { sub, staff, ver } =
      this.#verified.find(token, (key) => this.#keys.has(key)) ?? (await this.#verify(token));
    if (await orUnavailable(this.#revocations.isRevoked(sub, ver)))
      throw refused("The access token has been revoked.");
    return { kind: "user", userId: sub, isStaff: staff };
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

/** Whatever keeps identity from answering, nobody can be let in. */
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
    if (error instanceof jwt.JsonWebTokenError) return undefined;
    throw error;
  }
}

function refused(detail: string, type = "token.invalid"): Error {
  return unauthorized(type, detail);
}
