import type { Socket } from "node:net";
import { Transporters } from "moleculer";
import { encodeFrame, FrameReader } from "./frames";

/** What may wait for a peer that is slow to read. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/**
 * Moleculer's packets over sockets of this machine: how a console joins a system that runs in one process.
 * Each end sends everything to the other, which takes the topics that it has subscribed to.
 */
export abstract class SocketTransporter extends Transporters.Base {
  readonly #commands = new Map<string, string>();
  readonly #peers = new Set<Socket>();

  protected attach(socket: Socket): void {
    const reader = new FrameReader();
    this.#peers.add(socket);
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const { topic, data } of reader.push(chunk)) this.#take(topic, data);
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    // A peer that goes away is noticed by its silence, as in a cluster.
    socket.on("error", () => {});
    socket.on("close", () => this.#peers.delete(socket));
  }

  protected detachAll(): void {
    for (const peer of this.#peers) peer.end();
  }

  #take(topic: string, data: Buffer): void {
    const command = this.#commands.get(topic);
    if (command !== undefined) void this.receive(command, data);
  }

  override subscribe(command: string, nodeId?: string): Promise<void> {
    this.#commands.set(this.getTopicName(command, nodeId ?? ""), command);
    return Promise.resolve();
  }

  override send(topic: string, data: Buffer): Promise<void> {
    const frame = encodeFrame({ topic, data });
    for (const peer of this.#peers) {
      // One that does not read any more must not fill our memory.
      if (peer.writableLength > MAX_WAITING_BYTES) peer.destroy();
      else peer.write(frame);
    }
    return Promise.resolve();
  }

  /** Moleculer asks for these only where a bus balances by itself. */
  override subscribeBalancedRequest(): Promise<void> {
    return Promise.resolve();
  }

  override subscribeBalancedEvent(): Promise<void> {
    return Promise.resolve();
  }
}
