import { Transporters } from "moleculer";
import { Events, type NatsConnection } from "nats";
import { natsOptions } from "./options";

/** A local event: the NATS connection is closed and will not come back. Its payload is the reason, an Error. */
export const NATS_LOST = "$nats.lost";

const RECONNECT_AFTER_MS = 500;

/**
 * Moleculer's NATS transporter, but requests fail at once while NATS is away. Moleculer's own takes itself for
 * connected, and nats.js keeps what is sent meanwhile: a request whose caller has long timed out would still
 * take effect when NATS comes back.
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
   * Publishes what was sent in one turn of the event loop together: one write to the socket for each message
   * takes a quarter of a gateway's time.
   */
  override send(topic: string, data: Buffer): Promise<void> {
    const limit_bytes = (this.client as NatsConnection | null)?.info?.max_payload ?? Number.POSITIVE_INFINITY;
    if (data.length > limit_bytes) {
      return Promise.reject(
        new Error(`${data.length} bytes are more than NATS takes in a message: ${limit_bytes}`),
      );
    }
    if (this.#unsent.push([topic, data]) === 1) setImmediate(() => this.#publish());
    return Promise.resolve();
  }

  #publish(): void {
    const unsent = this.#unsent;
    this.#unsent = [];
    const client = this.client as NatsConnection | null;
    // The connection is gone, and so are its messages, as if they had left just before.
    if (!this.connected || client === null || client.isClosed() || client.isDraining()) return;
    for (const [topic, data] of unsent) client.publish(topic, data);
  }

  /** Does not flush: that would wait for a NATS that is away. */
  override async disconnect(): Promise<void> {
    this.#publish();
    const client = this.client as NatsConnection | null;
    if (client === null || client.isClosed()) return;
    if (this.connected) await client.drain();
    else await client.close();
  }

  /** Requests to other nodes, or their answers, are lost as a rule: their callers get an error now, not a timeout. */
  #rejectPendingRequests(): void {
    for (const { id, local } of this.broker.registry.nodes.list({}))
      if (!local) this.transit.removePendingRequestByNodeID(id);
  }

  async #follow(client: NatsConnection): Promise<void> {
    for await (const { type, data } of client.status()) {
      if (type === Events.Disconnect) {
        this.connected = false;
        this.logger.warn(`NATS at ${server(data)} is away: requests fail until it comes back`);
        this.#rejectPendingRequests();
      } else if (type === Events.Reconnect) {
        this.logger.info(`NATS is back at ${server(data)}`);
        // Announces this node and discovers the others: some may have dropped each other.
        await this.onConnected(true).catch((error: unknown) =>
          this.logger.warn({ err: error }, "could not announce this node to the others"),
        );
      }
    }
  }
}

/** Resolves when we have closed the connection. @throws the reason, when something else has */
async function closed(client: NatsConnection): Promise<void> {
  const reason = await client.closed();
  if (reason instanceof Error) throw reason;
}

/** The server's address, which nats.js gives with a change of its connection. */
function server(data: unknown): string {
  return typeof data === "string" ? data : JSON.stringify(data);
}
