/** How long an access token is valid. Only the end of its session ends it earlier. */
export const ACCESS_TOKEN_S = 15 * 60;

/** How long a refresh token is valid. Every refresh gives a new one with the full time. */
export const REFRESH_TOKEN_DAYS = 30;

/** How long a used refresh token still gives its successor: two tabs may refresh at the same time. */
export const REFRESH_GRACE_S = 10;

/** How long an ended session is listed: as long as its access tokens live, plus a minute of clock skew. */
export const REVOCATION_LISTED_S = ACCESS_TOKEN_S + 60;

/** The age at which a signing key is replaced. */
export const SIGNING_KEY_DAYS = 90;

/** How long a process caches the active key before it reads it again. */
export const SIGNING_KEY_CACHED_MS = 60_000;

/** How long a retired key still verifies tokens: much longer than a token is valid and a key is cached. */
export const RETIRED_KEY_KEPT_S = 3_600;
