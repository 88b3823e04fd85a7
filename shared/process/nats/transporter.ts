import { type Packet, Transporters } from "moleculer";
import { Events, type Msg, type NatsConnection, type NatsError } from "nats";
import { isNodeId, senderOf } from "../../service/bus-name";
import { countRefusedPackets, dropForeignLabels } from "../../service/metrics";
import { natsOptions, type NatsConfig } from "./options";
import { answerMeta, checkPacket, REFUSALS, type Refusal } from "./refusals";
import { subjectOf, subjectsTo } from "./subjects";

/** A local event: the process cannot be on the bus any more. Its payload is the reason, an Error. */
export const NATS_LOST = "$nats.lost";

const RECONNECT_AFTER_MS = 500;
const LOG_REFUSALS_EVERY_MS = 10_000;

type Handler = (command: string, packet: Packet.Packet<AnyPayload>) => Promise<unknown>;
type AnyPayload = Packet.PacketPayload & Record<string, unknown>;
type Init = Parameters<Transporters.NATS["init"]>;

/**
 * Moleculer's NATS transporter with two changes.
 *
 * Trust: a subject ends with its sender, so that NATS decides who may send as whom. A packet has no effect if
 * it names another sender than its subject does, or says what its sender may not say.
 *
 * Requests fail at once while NATS is down. Moleculer's own believes it is connected, and nats.js keeps
 * what is sent meanwhile: a request whose caller has long timed out would still take effect when NATS comes
 * back.
 */
export class NatsTransporter extends Transporters.NATS {
  #handle: Handler = () => Promise.resolve();
  #unsent: [topic: string, data: Buffer][] = [];
  #refused = 0;
  #loggedRefusals_ms = -Infinity;

  constructor(config: NatsConfig) {
    super({ ...natsOptions(config), maxReconnectAttempts: -1, reconnectTimeWait: RECONNECT_AFTER_MS });
  }

  /** @throws Error when the node id or the broker's options do not fit the subjects */
  override init(transit: Init[0], handle: Init[1], afterConnect: Init[2]): void {
    super.init(transit, handle, afterConnect);
    this.#handle = handle as unknown as Handler;
    if (!isNodeId(this.nodeID)) throw new Error(`${this.nodeID} is not a node id of nodeIdOf`);
    if (this.broker.options.disableBalancer === true)
      throw new Error("disableBalancer is refused: its subjects name neither sender nor target");
  }

  override onConnected(wasReconnect = false): Promise<unknown> {
    if (!wasReconnect) {
      dropForeignLabels(this.broker);
      for (const reason of REFUSALS) countRefusedPackets(this.broker, reason, 0);
      const client = this.client as NatsConnection;
      Promise.all([this.#follow(client), closed(client)]).catch((error: unknown) => this.#leave(error));
    }
    return super.onConnected(wasReconnect);
  }

  override getTopicName(command: string, target?: string | null): string {
    return subjectOf(command, this.nodeID, target ?? undefined);
  }

  override subscribe(command: string, nodeId?: string): Promise<void> {
    const subjects = subjectsTo(command, nodeId);
    const callback = (error: NatsError | null, { subject, data }: Msg) => {
      if (error !== null) return this.#leave(forbidden(this.nodeID, error));
      const sender = subject.slice(subjects.length);
      if (sender === this.nodeID) return this.#onSameNodeId(command, nodeId !== undefined);
      void this.receive(command, Buffer.from(data.buffer, data.byteOffset, data.byteLength), sender);
    };
    (this.client as NatsConnection).subscribe(`${subjects}*.*`, { callback });
    return Promise.resolve();
  }

  /** Handles a packet of another node. @param sender its node id, from the subject */
  override receive(command: string, data: Buffer, sender: unknown): Promise<void> | undefined {
    const packet = this.#parse(command, data);
    const refusal =
      packet === undefined
        ? "malformed"
        : checkPacket(command, packet.payload, sender as string, this.transit);
    if (refusal !== undefined) this.#refuse(refusal, sender as string);
    else if (packet !== undefined) void this.#act(command, packet);
    return undefined;
  }

  /** Whatever a packet makes Moleculer throw ends neither the connection nor the process. */
  async #act(command: string, packet: Packet.Packet<AnyPayload>): Promise<void> {
    try {
      await this.#handle(command, packet);
    } catch (error) {
      this.logger.error({ err: error }, "a packet could not be handled");
    }
  }

  /**
   * Other nodes are not offered Moleculer's internal services. An answer says nothing else beside it than
   * `answerMeta`, and one that is too large for NATS becomes an error: its caller would wait for it in vain.
   */
  override serialize(packet: Packet.Packet<AnyPayload>): Buffer {
    const { payload } = packet;
    if (packet.type === "INFO") payload["services"] = withoutInternal(payload["services"]);
    if (packet.type !== "RES") return super.serialize(packet);
    payload["meta"] = answerMeta(payload["meta"]);
    const data = super.serialize(packet);
    if (data.length <= this.#limit_bytes) return data;
    const message = `the answer has ${data.length} bytes, more than NATS takes: ${this.#limit_bytes}`;
    this.logger.error({ bytes: data.length }, message);
    const error = { name: "MoleculerServerError", message, code: 500, type: "ANSWER_TOO_LARGE" };
    Object.assign(payload, { success: false, data: null, error });
    return super.serialize(packet);
  }

  /** The largest message that the server takes. */
  get #limit_bytes(): number {
    return (this.client as NatsConnection | null)?.info?.max_payload ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Publishes what was sent in one turn of the event loop together: one write to the socket for each message
   * takes a quarter of a gateway's time.
   */
  override send(topic: string, data: Buffer): Promise<void> {
    if (data.length > this.#limit_bytes) {
      return Promise.reject(
        new Error(`${data.length} bytes are more than NATS takes in a message: ${this.#limit_bytes}`),
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

  /** Does not flush: that would wait for a NATS that is down. */
  override async disconnect(): Promise<void> {
    this.#publish();
    const client = this.client as NatsConnection | null;
    if (client === null || client.isClosed()) return;
    if (this.connected) await client.drain();
    else await client.close();
  }

  #parse(command: string, data: Buffer): Packet.Packet<AnyPayload> | undefined {
    try {
      return this.deserialize(command, data) as Packet.Packet<AnyPayload>;
    } catch {
      return undefined;
    }
  }

  /** Counts every refused packet, and logs them once in a while. */
  #refuse(reason: Refusal, sender: string): void {
    countRefusedPackets(this.broker, reason, 1);
    this.#refused += 1;
    const now_ms = performance.now();
    if (now_ms - this.#loggedRefusals_ms < LOG_REFUSALS_EVERY_MS) return;
    this.logger.warn({ sender, refused: this.#refused }, `refused a packet: ${reason}`);
    this.#loggedRefusals_ms = now_ms;
    this.#refused = 0;
  }

  /**
   * Another process has our node id. The one that was there first answers the other's DISCOVER, and stays;
   * the one that gets this answer while it starts leaves.
   * @param addressed whether the packet was sent to this node id alone
   */
  #onSameNodeId(command: string, addressed: boolean): void {
    const { connected, discoverer } = this.transit;
    if (command === "DISCOVER" && connected) void discoverer.sendLocalNodeInfo(this.nodeID);
    const isAnswer = command === "INFO" && addressed && !this.broker.started;
    if (!isAnswer && (command !== "DISCOVER" || connected)) return;
    // Says no goodbye: others would take it for the other process's.
    this.connected = false;
    this.#leave(new Error(`another process has the node id ${this.nodeID}: this one ends`));
  }

  #leave(reason: unknown): void {
    this.broker.localBus.emit(NATS_LOST, reason);
  }

  /**
   * Requests to other nodes, or their answers, are lost as a rule: their callers get an error now, not a
   * timeout.
   */
  #rejectPendingRequests(): void {
    for (const { id, local } of this.broker.registry.nodes.list({}))
      if (!local) this.transit.removePendingRequestByNodeID(id);
  }

  async #follow(client: NatsConnection): Promise<void> {
    for await (const { type, data } of client.status()) {
      if (type === Events.Disconnect) {
        this.connected = false;
        this.logger.warn(`NATS at ${server(data)} is down: requests fail until it is up again`);
        this.#rejectPendingRequests();
      } else if (type === Events.Reconnect) {
        this.logger.info(`NATS is up again at ${server(data)}`);
        // Announces this node and discovers the others: some may have dropped each other.
        await this.onConnected(true).catch((error: unknown) =>
          this.logger.warn({ err: error }, "could not announce this node to the others"),
        );
      }
    }
  }
}

function withoutInternal(services: unknown): unknown {
  return (services as { name: string }[]).filter(({ name }) => !name.startsWith("$"));
}

/** NATS does not let us subscribe: the user in NATS_URL is another one than our services need. */
function forbidden(nodeId: string, cause: NatsError): Error {
  const { name } = senderOf(nodeId);
  return new Error(`NATS_URL: NATS does not let its user act as ${name}`, { cause });
}

/** Resolves when we have closed the connection. @throws the reason, when something else has */
async function closed(client: NatsConnection): Promise<void> {
  const reason = await client.closed();
  if (reason instanceof Error) throw new Error(`NATS refuses us: ${reason.message}`, { cause: reason });
}

/** The server's address, which nats.js gives with a change of its connection. */
function server(data: unknown): string {
  return typeof data === "string" ? data : JSON.stringify(data);
}
