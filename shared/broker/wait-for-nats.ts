import { setTimeout as delay } from "node:timers/promises";
import { connect, ErrorCode, NatsError } from "nats";

/**
 * Waits until NATS takes connections, saying every few seconds what it waits for: Moleculer's own start would hang in silence.
 * @param servers NATS_URL, servers separated by commas
 * @param say gets a line for the log
 * @throws NatsError when NATS refuses the credentials, which waiting does not mend
 */
export async function waitForNats(servers: string, say: (line: string) => void): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      const connection = await connect({ servers: servers.split(","), timeout: 2_000, reconnect: false });
      await connection.close();
      return;
    } catch (error) {
      if (error instanceof NatsError && error.code === (ErrorCode.AuthorizationViolation as string)) throw error;
      const hosts = servers.split(",").map((server) => server.replace(/^.*@/, "").replace(/^nats:\/\//, ""));
      if (attempt % 5 === 0) say(`waiting for NATS at ${hosts.join(", ")}: ${error instanceof Error ? error.message : String(error)}`);
      await delay(1_000);
    }
  }
}
