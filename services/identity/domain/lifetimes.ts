/** How long an access token is good for; nothing but a raised token version ends it earlier. */
export const ACCESS_TOKEN_S = 15 * 60;

/** How long a refresh token waits to be used; each use starts the time again. */
export const REFRESH_TOKEN_DAYS = 30;

/**
 * How long a raised token version is told of: the life of the tokens it voids, and a minute of skew between
 * clocks.
 */
export const REVOCATION_TOLD_S = ACCESS_TOKEN_S + 60;

/** The age at which a signing key is replaced. */
export const SIGNING_KEY_DAYS = 90;

/** How long a process may sign with a key before it looks whether another one has replaced it. */
export const SIGNING_KEY_CACHED_MS = 60_000;

/**
 * How long a retired key goes on verifying; far beyond a token's life and the time that processes cache a
 * key.
 */
export const RETIRED_KEY_KEPT_S = 3_600;
