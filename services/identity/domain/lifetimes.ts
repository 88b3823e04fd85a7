/** How long an access token is valid. Only a higher token version of its user ends it earlier. */
export const ACCESS_TOKEN_S = 15 * 60;

/** How long a refresh token is valid. Every refresh gives a new one with the full time. */
export const REFRESH_TOKEN_DAYS = 30;

/** How long a revocation is listed: as long as the tokens that it ends, plus a minute of clock skew. */
export const REVOCATION_LISTED_S = ACCESS_TOKEN_S + 60;

/** The age at which a signing key is replaced. */
export const SIGNING_KEY_DAYS = 90;

/** How long a process caches the active key before it reads it again. */
export const SIGNING_KEY_CACHED_MS = 60_000;

/** How long a retired key still verifies tokens: much longer than a token is valid and a key is cached. */
export const RETIRED_KEY_KEPT_S = 3_600;
