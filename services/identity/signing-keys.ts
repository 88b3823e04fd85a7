import { createPrivateKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { Knex } from "../../shared/db/open-database";
import { recordChanges, type Author } from "../../shared/events/audit-log";
import { inTransaction } from "../../shared/db/transaction";
import { RETIRED_KEY_KEPT_S, SIGNING_KEY_CACHED_MS, SIGNING_KEY_DAYS } from "./domain/lifetimes";

const generate = promisify(generateKeyPair);

/** The key that signs access tokens. */
export interface SigningKey {
  kid: string;
  /** Parsed once: signing with the PEM text takes five times as long. */
  privateKey: KeyObject;
}

/** The keys that sign and verify access tokens (ES256), stored in Postgres for all instances. */
export class SigningKeys {
  readonly #db: Knex;
  #cached: { key: SigningKey; readAt_ms: number } | undefined;

  constructor(db: Knex) {
    this.#db = db;
  }

  /** Gives the active key; creates the first one. Instances that start together get the same one. */
  async current(): Promise<SigningKey> {
    const now_ms = performance.now();
    if (this.#cached !== undefined && now_ms - this.#cached.readAt_ms < SIGNING_KEY_CACHED_MS)
      return this.#cached.key;
    const { kid, private_pem } = (await this.#readActive()) ?? (await this.#createFirst());
    const key =
      this.#cached?.key.kid === kid ? this.#cached.key : { kid, privateKey: createPrivateKey(private_pem) };
    this.#cached = { key, readAt_ms: now_ms };
    return key;
  }

  /**
   * Replaces the active key. When several instances do this at once, one of them does it.
   * @param author who stands in the audit log for it
   * @returns the id of the key that is active now
   */
  async rotate(author?: Author): Promise<string> {
    this.#cached = undefined;
    const { kid: old } = await this.current();
    await this.#replace(old, author);
    this.#cached = undefined;
    return (await this.current()).kid;
  }

  /**
   * Replaces the active key when it is 90 days old.
   * @returns how many keys were replaced
   */
  async rotateWhenDue(): Promise<number> {
    const { rows } = await this.#db.raw<{ rows: { kid: string }[] }>(
      `SELECT kid FROM signing_keys
       WHERE retired_at IS NULL AND created_at < now() - make_interval(days => ?)`,
      [SIGNING_KEY_DAYS],
    );
    const [due] = rows;
    if (due === undefined) return 0;
    await this.#replace(due.kid);
    this.#cached = undefined;
    return 1;
  }

  /** The public keys of all tokens that may still be valid, the active one first. */
  async publicKeys(): Promise<{ kid: string; pem: string }[]> {
    const { rows } = await this.#db.raw<{ rows: { kid: string; pem: string }[] }>(
      `SELECT kid, public_pem AS pem FROM signing_keys
       WHERE retired_at IS NULL OR retired_at > now() - make_interval(secs => ?)
       ORDER BY retired_at IS NOT NULL, created_at DESC`,
      [RETIRED_KEY_KEPT_S],
    );
    return rows;
  }

  async #readActive(): Promise<{ kid: string; private_pem: string } | undefined> {
    const { rows } = await this.#db.raw<{ rows: { kid: string; private_pem: string }[] }>(
      "SELECT kid, private_pem FROM signing_keys WHERE retired_at IS NULL",
    );
    return rows[0];
  }

  async #createFirst(): Promise<{ kid: string; private_pem: string }> {
    await insertKey(this.#db);
    const created = await this.#readActive();
    if (created === undefined) throw new Error("there is no active signing key");
    return created;
  }

  /** In a race, the second instance waits for the first one's commit and then changes nothing. */
  #replace(kid: string, author?: Author): Promise<void> {
    return inTransaction(this.#db, async (trx) => {
      const { rowCount } = await trx.raw<{ rowCount: number }>(
        "UPDATE signing_keys SET retired_at = now(), private_pem = NULL WHERE kid = ? AND retired_at IS NULL",
        [kid],
      );
      if (rowCount !== 1) return;
      await insertKey(trx);
      await recordChanges(trx, [{ action: "signing_key.rotated", object: kid }], author);
    });
  }
}

async function insertKey(db: Knex): Promise<void> {
  const { privateKey, publicKey } = await generate("ec", { namedCurve: "P-256" });
  await db.raw("INSERT INTO signing_keys (private_pem, public_pem) VALUES (?, ?) ON CONFLICT DO NOTHING", [
    privateKey.export({ type: "pkcs8", format: "pem" }),
    publicKey.export({ type: "spki", format: "pem" }),
  ]);
}
