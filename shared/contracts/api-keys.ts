import { z } from "zod";
import { id, instant, keyScope, textLine } from "./contract";

const ID = "[0-9a-f]{32}";
const API_KEY = new RegExp(`^bk_(${ID})_([\\w-]{43})$`);
const IN_TEXT = new RegExp(`bk_${ID}_`, "i");

/** What every API key begins with; no access token does. */
export const API_KEY_PREFIX = "bk_";

/**
 * An API key as it is sent: `bk_`, the key's id without hyphens, `_`, and the secret.
 * @param secret 32 bytes as base64url, which may itself hold `_`
 */
export function apiKeyText(keyId: string, secret: string): string {
  return `${API_KEY_PREFIX}${keyId.replaceAll("-", "")}_${secret}`;
}

/** Takes an API key apart; undefined for a text that is none. */
export function readApiKey(text: string): { id: string; secret: string } | undefined {
  const [, hex, secret] = API_KEY.exec(text) ?? [];
  if (hex === undefined || secret === undefined) return undefined;
  return { id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"), secret };
}

/** Whether a text holds what looks like an API key, whole or cut off. */
export function holdsApiKey(text: string): boolean {
  return IN_TEXT.test(text);
}

/** How many calls in a minute a key may make where nothing else is set, and how many can be set. */
const DEFAULT_RATE_LIMIT = 6_000;
const MAX_RATE_LIMIT = 10_000_000;
const DEFAULT_OVERLAP_S = 86_400;
const MAX_OVERLAP_S = 30 * 86_400;

export const apiKeyName = textLine(100);
export const rateLimit = z
  .int()
  .min(1)
  .max(MAX_RATE_LIMIT)
  .meta({ description: `calls in a minute; ${DEFAULT_RATE_LIMIT} where it is not given` });

/** An API key without its secret. */
export const apiKey = z
  .object({
    id,
    name: z.string(),
    scope: keyScope,
    rate_limit: rateLimit,
    created_at: instant,
    expires_at: instant.nullable(),
    rotated_at: instant.nullable(),
    old_secret_until: instant
      .nullable()
      .meta({ description: "until when the secret before the last rotation is valid too" }),
    revoked_at: instant.nullable(),
    last_used_at: instant.nullable().meta({ description: "exact to about a minute" }),
  })
  .meta({ id: "ApiKey" });
export type ApiKey = z.infer<typeof apiKey>;

/** An API key with its secret, which is shown this once. */
export const shownApiKey = apiKey
  .extend({
    key: z.string().meta({ description: "`bk_…`, shown once; send it as Authorization: Bearer" }),
  })
  .meta({ id: "ShownApiKey" });

export const newApiKey = z.strictObject({
  name: apiKeyName,
  scope: keyScope,
  rate_limit: rateLimit.default(DEFAULT_RATE_LIMIT),
  expires_at: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: "when it stops to work; never, where it is not given" }),
});

export const apiKeyRotation = z.strictObject({
  id,
  overlap_s: z
    .int()
    .min(0)
    .max(MAX_OVERLAP_S)
    .default(DEFAULT_OVERLAP_S)
    .meta({ description: "how long the old secret stays valid, in seconds; by default a day" }),
});

/** What the gateway checks a key by. `until` is the end of a secret; a key has its own end besides. */
export const apiKeyFacts = z.object({
  scope: keyScope,
  rate_limit: z.int(),
  expires_at: instant.nullable(),
  revoked: z.boolean(),
  secrets: z.array(z.object({ sha256: z.base64(), until: instant.nullable() })),
});
export type ApiKeyFacts = z.infer<typeof apiKeyFacts>;
