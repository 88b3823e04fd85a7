import type { ConnectionOptions } from "nats";
import type { Config } from "../../config/config";

/** Half-open connections are noticed after two unanswered pings. */
const PING_MS = 5_000;

/** How to reach NATS: NATS_URL and NATS_CA_FILE. */
export type NatsConfig = { natsUrl: string } & Pick<Config, "natsCaFile">;

/**
 * How to connect to NATS. Operators expect credentials in a URL and `tls://` to work; nats.js knows neither.
 * @param config its natsUrl: `nats://user:password@host:4222` or `nats://token@host`, several separated by
 *   commas
 */
export function natsOptions({ natsUrl, natsCaFile }: NatsConfig): ConnectionOptions {
  const parsed = natsUrl
    .split(",")
    .map((url) => new URL(url.includes("://") ? url.trim() : `nats://${url.trim()}`));
  const named = parsed.find(({ username }) => username !== "");
  const secure = parsed.some(({ protocol }) => protocol === "tls:");
  return {
    servers: parsed.map(({ host }) => host),
    ...credentials(named),
    ...(secure ? { tls: natsCaFile === undefined ? {} : { caFile: natsCaFile } } : {}),
    // What comes under our own node id then comes from another process.
    noEcho: true,
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
