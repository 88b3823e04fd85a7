import { createHash } from "node:crypto";
import type { RememberedAnswer, Store } from "../state/store";
import { ApiError } from "./errors";

/** Stripe may forget a key after a day. https://docs.stripe.com/api/idempotent_requests */
const LIFE_MS = 24 * 60 * 60 * 1000;
const MAX_KEY_LENGTH = 255;

export interface Answer {
  status: number;
  body: string;
}

/** Equal for requests with the same method, path and parameters. */
export function fingerprintOf(method: string, path: string, params: object): string {
  return createHash("sha256")
    .update(JSON.stringify([method, path, sorted(params)]))
    .digest("base64url");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, entry]) => [key, sorted(entry)]);
}

/** Remembers the answers to idempotency keys, so that a repeated POST changes nothing. */
export class IdempotencyKeys {
  readonly #inProgress = new Set<string>();
  readonly #store: Store;
  readonly #nowMs: () => number;

  constructor(store: Store, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /**
   * Takes the key for one request.
   * @returns the earlier answer to the same request, or null if there is none
   * @throws ApiError 400 `idempotency_error` for a key of another request, 409 while the first one runs
   */
  begin(key: string, fingerprint: string): RememberedAnswer | null {
    if (key.length > MAX_KEY_LENGTH) {
      throw new ApiError(
        400,
        idempotencyError(`Idempotency keys have at most ${MAX_KEY_LENGTH} characters.`),
        false,
      );
    }
    if (this.#inProgress.has(key)) {
      const message = "There is currently another in-progress request using this Idempotent Key.";
      throw new ApiError(409, { ...idempotencyError(message), code: "idempotency_key_in_use" }, false);
    }
    const earlier = this.#recall(key);
    if (earlier && earlier.fingerprint !== fingerprint) {
      const message =
        "Keys for idempotent requests can only be used with the same parameters they were first used with. " +
        "Try using a new key if you meant to execute a different request.";
      throw new ApiError(400, idempotencyError(message), false);
    }
    if (!earlier) this.#inProgress.add(key);
    return earlier;
  }

  /** Keeps the answer for a day. */
  remember(key: string, fingerprint: string, requestId: string, answer: Answer): void {
    this.#store.put("answers", { id: key, fingerprint, requestId, createdMs: this.#nowMs(), ...answer });
  }

  /** Releases a key that {@link begin} took. */
  end(key: string): void {
    this.#inProgress.delete(key);
  }

  #recall(key: string): RememberedAnswer | null {
    for (const answer of this.#store.all("answers")) {
      if (answer.createdMs > this.#nowMs() - LIFE_MS) break;
      this.#store.delete("answers", answer.id);
    }
    return this.#store.get("answers", key) ?? null;
  }
}

function idempotencyError(message: string): { type: "idempotency_error"; message: string } {
  return { type: "idempotency_error", message };
}
