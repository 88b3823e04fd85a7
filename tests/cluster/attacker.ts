import { randomUUID } from "node:crypto";
import { connect, Events, type NatsConnection } from "nats";
import { natsOptions } from "../../shared/process/nats/options";
import { subjectOf, subjectsTo } from "../../shared/process/nats/subjects";
import { eventually } from "../support/system";

/** A packet as it came. */
export interface Received {
  subject: string;
  command: string;
  payload: Record<string, unknown>;
}

/** Under which names a packet goes: the one in its subject, and the one in itself. */
export interface Names {
  subject?: string;
  packet?: string;
}

/** Somebody with a container's credentials and a NATS client, who may send whatever they like. */
export class Attacker {
  readonly nodeId: string;
  readonly received: Received[] = [];
  /** The subjects that NATS refused. */
  readonly violations: string[] = [];
  readonly #nats: NatsConnection;

  private constructor(nats: NatsConnection, nodeId: string) {
    this.#nats = nats;
    this.nodeId = nodeId;
  }

  /** Joins as another instance of a service. */
  static async join(natsUrl: string, name: string): Promise<Attacker> {
    const nats = await connect(natsOptions({ natsUrl, natsCaFile: undefined }));
    const attacker = new Attacker(nats, `${name}.stolen`);
    void attacker.#watch();
    for (const command of ["REQ", "RES", "EVENT", "PONG"])
      attacker.subscribe(`${subjectsTo(command, attacker.nodeId)}*.*`);
    await nats.flush();
    return attacker;
  }

  async #watch(): Promise<void> {
    for await (const status of this.#nats.status()) {
      if (status.type === Events.Error)
        this.violations.push(status.permissionContext?.subject ?? status.type);
    }
  }

  subscribe(subject: string, queue?: string): void {
    this.#nats.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, { subject: to, data }) => {
        if (error !== null) return;
        const payload = JSON.parse(Buffer.from(data).toString()) as Record<string, unknown>;
        this.received.push({ subject: to, command: to.split(".")[1] ?? "", payload });
      },
    });
  }

  /** Publishes a packet and waits until NATS has it. @param target everybody by default */
  async send(command: string, target: string | undefined, payload: object, names: Names = {}): Promise<void> {
    const { subject = this.nodeId, packet = subject } = names;
    await this.publish(subjectOf(command, subject, target), { ver: "5", sender: packet, ...payload });
  }

  async publish(subject: string, payload: object): Promise<void> {
    this.#nats.publish(subject, JSON.stringify(payload));
    await this.#nats.flush();
  }

  /** Sends a request. @returns the packet's id */
  async request(
    target: string,
    action: string,
    params: object,
    { meta = {}, ...names }: Names & { meta?: object } = {},
  ): Promise<string> {
    const id = randomUUID();
    await this.send("REQ", target, { id, action, params, meta, level: 1, tracing: false }, names);
    return id;
  }

  /** Calls an action under its own name. @returns the answer */
  async call(target: string, action: string, params: object, meta: object): Promise<Record<string, unknown>> {
    const id = await this.request(target, action, params, { meta });
    const answer = () => this.received.find((each) => each.command === "RES" && each.payload["id"] === id);
    return (await eventually(answer)).payload;
  }

  /** Resolves when a node has handled everything that was sent to it before. */
  async ping(target: string): Promise<void> {
    const id = randomUUID();
    await this.send("PING", target, { id, time: Date.now() });
    await eventually(() => this.received.find(({ payload }) => payload["id"] === id));
  }

  /** Announces services, as Moleculer's INFO does. */
  async announce(services: object[], names: Names = {}, target?: string): Promise<void> {
    const node = { instanceID: randomUUID(), ipList: [], hostname: "stolen", client: {}, config: {} };
    await this.send("INFO", target, { services, metadata: {}, seq: 99, ...node }, names);
  }

  leave(): Promise<void> {
    return this.#nats.close();
  }
}

/** A service as an INFO packet describes it. */
export function offer(name: string, action: string, events: object = {}): object {
  return {
    name,
    fullName: name,
    settings: {},
    metadata: {},
    actions: { [action]: { name: action } },
    events,
  };
}
