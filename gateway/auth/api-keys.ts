import { createHash, timingSafeEqual } from "node:crypto";
import type { Call } from "../../shared/contracts";
import { readApiKey, type ApiKeyFacts } from "../../shared/contracts/api-keys";
import type { KeyScope } from "../../shared/contracts/contract";
import { unauthorized } from "../../shared/errors";

/** A revoked key ends within 30 seconds, so older facts are not used. */
const FRESH_FOR_MS = 25_000;
/** Enough for any team; the oldest leaves first. */
const MAX_KEYS = 10_000;
const PER_REPORT = 1_000;

/** What identity said of a key, or will say, and when it was asked. */
interface Entry {
  asked_ms: number;
  facts: Promise<ApiKeyFacts | null>;
}

/** A key whose secret was right. */
export interface CheckedKey {
  id: string;
  scope: KeyScope;
  /** calls in a minute */
  rateLimit: number;
}

/** Checks API keys by what identity says of them, kept in memory for a short time, and notes their use. */
export class ApiKeys {
  readonly #asGateway: Call;
  readonly #known = new Map<string, Entry>();
  /** when each key was last used since the last report, ms since 1970 */
  readonly #used = new Map<string, number>();

  constructor(asGateway: Call) {
    this.#asGateway = asGateway;
  }

  /**
   * Checks an API key.
   * @throws BillingError 401 for one that is malformed, unknown, revoked or expired; what the call to
   *   identity throws
   */
  async check(text: string): Promise<CheckedKey> {
    const key = readApiKey(text);
    const facts = key && (await this.#factsOf(key.id));
    const now_ms = Date.now();
    if (!key || !facts || !holdsSecret(facts, key.secret, now_ms))
      throw unauthorized("key.invalid", "The API key is not valid.");
    if (facts.revoked) throw unauthorized("key.revoked", "The API key is revoked.");
    if (hasPassed(facts.expires_at, now_ms)) throw unauthorized("key.expired", "The API key has expired.");
    this.#used.set(key.id, now_ms);
    return { id: key.id, scope: facts.scope, rateLimit: facts.rate_limit };
  }

  /** Forgets what identity has said, because it has changed something. */
  forget(): void {
    this.#known.clear();
  }

  /** Tells identity which keys were used since the last time. @throws what the call throws */
  async reportUse(): Promise<void> {
    const used = [...this.#used];
    for (let from = 0; from < used.length; from += PER_REPORT) {
      const told = used.slice(from, from + PER_REPORT);
      const report = told.map(([id, ms]) => ({ id, at: new Date(ms).toISOString() }));
      await this.#asGateway("identity.recordApiKeyUse", { used: report });
      for (const [id, ms] of told) if (this.#used.get(id) === ms) this.#used.delete(id);
    }
  }

  /** Calls at the same time share one request. One that does not exist is not kept: anybody can name many. */
  #factsOf(id: string): Promise<ApiKeyFacts | null> {
    const now_ms = performance.now();
    const known = this.#known.get(id);
    if (known !== undefined && now_ms - known.asked_ms <= FRESH_FOR_MS) return known.facts;
    const entry = { asked_ms: now_ms, facts: this.#asGateway("identity.findApiKey", { id }) };
    void this.#keepOnlyFound(id, entry);
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MAX_KEYS && oldest !== undefined) this.#known.delete(oldest);
    this.#known.delete(id);
    this.#known.set(id, entry);
    return entry.facts;
  }

  async #keepOnlyFound(id: string, entry: Entry): Promise<void> {
    const facts = await entry.facts.catch(() => null);
    if (facts === null && this.#known.get(id) === entry) this.#known.delete(id);
  }
}

function holdsSecret({ secrets }: ApiKeyFacts, secret: string, now_ms: number): boolean {
  const given = createHash("sha256").update(secret).digest();
  return secrets
    .filter(({ until }) => !hasPassed(until, now_ms))
    .some(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, "base64"), given));
}

function hasPassed(instant: string | null, now_ms: number): boolean {
  return instant !== null && Date.parse(instant) <= now_ms;
}
