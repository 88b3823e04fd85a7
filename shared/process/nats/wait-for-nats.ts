import { messageOf } from "../../errors";
import { setTimeout as delay } from "node:timers/promises";
import { connect, ErrorCode, NatsError } from "nats";
import { natsOptions, type NatsConfig } from "./options";

const TRY_EVERY_MS = 1_000;
const SAY_EVERY = 5;
const ANYBODY =
  "NATS_URL: unless each process has a NATS user of its own, anybody on this NATS can act as any service; " +
  "npm run secrets makes users";

/**
 * Waits until NATS takes connections, and says so every few seconds: Moleculer's own start would wait in
 * silence. Warns when NATS cannot tell processes apart.
 * @param name the bus name of this process
 * @param say gets a line for the log
 * @param signal ends the waiting
 * @throws Error when NATS refuses the credentials; the signal's reason
 */
export async function waitForNats(
  config: NatsConfig,
  name: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const options = natsOptions(config);
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    try {
      const connection = await connect({ ...options, timeout: 2_000, reconnect: false });
      if (connection.info?.auth_required !== true || options.user !== name) say(ANYBODY);
      return await connection.close();
    } catch (error) {
      if (isRefusal(error))
        throw new Error(`NATS refuses the credentials in NATS_URL: ${error.message}`, { cause: error });
      const reason = messageOf(error);
      if (attempt % SAY_EVERY === 0)
        say(`waiting for NATS at ${[options.servers].flat().join(", ")}: ${reason}`);
      await delay(TRY_EVERY_MS, undefined, { signal });
    }
  }
}

function isRefusal(error: unknown): error is NatsError {
  const refusals: string[] = [
    ErrorCode.AuthorizationViolation,
    ErrorCode.AuthenticationExpired,
    ErrorCode.AccountExpired,
  ];
  return error instanceof NatsError && refusals.includes(error.code);
}
