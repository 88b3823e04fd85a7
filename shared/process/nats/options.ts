import type { ConnectionOptions } from "nats";

/** Half-open connections are noticed after two unanswered pings. */
const PING_MS = 5_000;

/**
 * How to connect to NATS. Operators expect credentials in a URL and `tls://` to work; nats.js knows neither.
 * @param urls NATS_URL: `nats://user:password@host:4222` or `nats://token@host`, several separated by commas
 */
export function natsOptions(urls: string): ConnectionOptions {
  const parsed = urls
    .split(",")
    .map((url) => new URL(url.includes("://") ? url.trim() : `nats://${url.trim()}`));
  const named = parsed.find(({ username }) => username !== "");
  return {
    servers: parsed.map(({ host }) => host),
    ...credentials(named),
    ...(parsed.some(({ protocol }) => protocol === "tls:") ? { tls: {} } : {}),
    pingInterval: PING_MS,
  };
}

function credentials(url: URL | undefined): Pick<ConnectionOptions, "user" | "pass" | "token"> {
  if (url === undefined) return {};
  const username = decodeURIComponent(url.username);
  return url.password === ""
    ? { token: username }
    : { user: username, pass: decodeURIComponent(url.password) };
}
