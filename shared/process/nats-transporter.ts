import { Transporters } from "moleculer";
import { Events, type NatsConnection } from "nats";
import { natsOptions } from "./nats-options";

/**
 * The local event that tells of a NATS connection which will not come back by itself; its payload is the
 * reason, an Error.
 */
export const NATS_LOST = "$nats.lost";

const RECONNECT_AFTER_MS = 500;

/**
 * Moleculer's NATS transporter, which knows when NATS is away.
 *
 * Moleculer's own believes itself connected for ever, and nats.js keeps what is sent meanwhile: a request
 * whose caller gave up long ago would still take effect when NATS comes back. Here requests fail at once
 * while NATS is away.
 */
export class NatsTransporter extends Transporters.NATS {
  #unsent: [topic: string, data: Buffer][] = [];

  constructor(url: string) {
    super({ ...natsOptions(url), maxReconnectAttempts: -1, reconnectTimeWait: RECONNECT_AFTER_MS });
  }

  override onConnected(wasReconnect = false): Promise<unknown> {
    if (!wasReconnect) {
      const client = this.client as NatsConnection;
      const lost = (error: unknown) => this.broker.localBus.emit(NATS_LOST, error);
      Promise.all([this.#follow(client), closed(client)]).catch(lost);
    }
    return super.onConnected(wasReconnect);
  }

  /**
   * What is sent at about the same moment leaves in one piece: nats.js would write to the socket for every
   * message, which costs more than making it (a quarter of a gateway's time).
   */
  override send(topic: string, data: Buffer): Promise<void> {
    const limit_bytes = (this.client as NatsConnection | null)?.info?.max_payload ?? Number.POSITIVE_INFINITY;
    if (data.length > limit_bytes) {
      return Promise.reject(
        new Error(`${data.length} bytes are more than NATS carries in a message: ${limit_bytes}`),
      );
    }
    if (this.#unsent.push([topic, data]) === 1) setImmediate(() => this.#publish());
    return Promise.resolve();
  }

  #publish(): void {
    const unsent = this.#unsent;
    this.#unsent = [];
    const client = this.client as NatsConnection | null;
    // What was meant for a connection that has gone is lost, as if it had left just before.
    if (!this.connected || client === null || client.isClosed() || client.isDraining()) return;
    for (const [topic, data] of unsent) client.publish(topic, data);
  }

  /** Without the flush that would wait for a NATS which is away. */
  override async disconnect(): Promise<void> {
    this.#publish();
    const client = this.client as NatsConnection | null;
    if (client === null || client.isClosed()) return;
    if (this.connected) await client.drain();
    else await client.close();
  }

  /**
   * What was asked of other nodes, or their answer, is lost as a rule: whoever waits learns it now and not
   * after a timeout.
   */
  #giveUpOnAnswers(): void {
    for (const { id, local } of this.broker.registry.nodes.list({}))
      if (!local) this.transit.removePendingRequestByNodeID(id);
  }

  async #follow(client: NatsConnection): Promise<void> {
    for await (const { type, data } of client.status()) {
      if (type === Events.Disconnect) {
        this.connected = false;
        this.logger.warn(`NATS at ${server(data)} is away: requests fail until it comes back`);
        this.#giveUpOnAnswers();
      } else if (type === Events.Reconnect) {
        this.logger.info(`NATS is back at ${server(data)}`);
        // Tells the other nodes of us, and asks for them: some may have taken each other for dead.
        await this.onConnected(true).catch((error: unknown) =>
          this.logger.warn({ err: error }, "could not tell the other nodes of us"),
        );
      }
    }
  }
}

/** Resolves when the connection was closed; throws the reason, where that was not our wish. */
async function closed(client: NatsConnection): Promise<void> {
  const reason = await client.closed();
  if (reason instanceof Error) throw reason;
}

/** What nats.js tells beside a change of its connection: the server's address. */
function server(data: unknown): string {
  return typeof data === "string" ? data : JSON.stringify(data);
}
