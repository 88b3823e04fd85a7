import type { Transit } from "moleculer";
import { SERVICE_NAMES, type ServiceName } from "../../config/config";
import { contracts, type Producer } from "../../contracts";
import { Doorbell } from "../../events/doorbell";
import { LISTENER, senderOf } from "../../service/bus-name";

/** Why a packet does not count. */
export type Refusal =
  | "malformed"
  | "another sender's name"
  | "an answer from a node that was not asked"
  | "a call of an internal action"
  | "a part of another node's stream"
  | "an offer of a service that is not the sender's"
  | "an event that is not the sender's";

/** A packet as it came; nothing in it is certain. */
type Payload = Record<string, unknown>;

/**
 * Checks a packet of another node. Takes the meta out of an answer: Moleculer would write it into its
 * caller's.
 * @param sender the node id in the packet's subject, which NATS has checked
 * @returns why it does not count, undefined when it does
 */
export function checkPacket(
  command: string,
  payload: unknown,
  sender: string,
  transit: Pick<Transit, "pendingRequests" | "pendingReqStreams">,
): Refusal | undefined {
  if (!isObject(payload)) return "malformed";
  if (payload["sender"] !== sender) return "another sender's name";
  switch (command) {
    case "REQ":
      return refusalOfRequest(payload, sender, transit);
    case "RES": {
      delete payload["meta"];
      const asked = transit.pendingRequests.get(payload["id"] as string)?.nodeID;
      return asked === undefined || asked === sender ? undefined : "an answer from a node that was not asked";
    }
    case "INFO":
      return offersOnlyItsOwn(payload, sender) ? undefined : "an offer of a service that is not the sender's";
    case "EVENT":
      return mayEmit(payload["event"], sender) ? undefined : "an event that is not the sender's";
    default:
      return undefined;
  }
}

function refusalOfRequest(
  { action, id }: Payload,
  sender: string,
  { pendingReqStreams }: Pick<Transit, "pendingReqStreams">,
): Refusal | undefined {
  if (typeof action !== "string" || typeof id !== "string") return "malformed";
  if (action.startsWith("$")) return "a call of an internal action";
  const stream = pendingReqStreams.get(id) as { sender: string } | undefined;
  return stream === undefined || stream.sender === sender ? undefined : "a part of another node's stream";
}

/** Events and doorbells of the contracts by their types. */
const PRODUCERS = new Map<string, Producer>(
  Object.values(contracts).flatMap(({ name, events }) =>
    [Doorbell.eventOf(name), ...Object.keys(events)].map((type) => [type, name] as const),
  ),
);

/** A listener may emit events of types that are not ours. */
function mayEmit(type: unknown, sender: string): boolean {
  if (typeof type !== "string" || type.startsWith("$")) return false;
  const { name, services } = senderOf(sender);
  const producer = PRODUCERS.get(type);
  return producer === undefined ? name === LISTENER : services.includes(producer);
}

/** What a node may offer. */
interface Rights {
  service: (name: string) => boolean;
  /** which events its services may receive */
  event: (type: string) => boolean;
}

/** Our own services receive doorbells alone: they read events from the feeds that they may read. */
function rightsOf(sender: string): Rights {
  const { name, services } = senderOf(sender);
  if (name === LISTENER) return { service: (service) => !isOurs(service), event: () => true };
  return {
    service: (service) => services.some((own) => own === service),
    event: (type) => type.startsWith("doorbell.") || type.startsWith("$"),
  };
}

function offersOnlyItsOwn({ services: offers }: Payload, sender: string): boolean {
  const rights = rightsOf(sender);
  return Array.isArray(offers) && offers.every((offer) => isObject(offer) && isWithin(rights, offer));
}

/**
 * Moleculer registers actions and events by their own names, and shares an event among all nodes of a group,
 * so each of these names counts.
 */
function isWithin(rights: Rights, offer: Payload): boolean {
  const { name, fullName = name, actions = {}, events = {} } = offer;
  if (typeof name !== "string" || typeof fullName !== "string") return false;
  if (!rights.service(name) || !rights.service(fullName)) return false;
  const isAction = (action: unknown) =>
    isObject(action) && typeof action["name"] === "string" && action["name"].startsWith(`${fullName}.`);
  const isEvent = (event: unknown) => {
    if (!isObject(event) || typeof event["name"] !== "string") return false;
    const group = event["group"] ?? name;
    return typeof group === "string" && rights.service(group) && rights.event(event["name"]);
  };
  return hasOnly(actions, isAction) && hasOnly(events, isEvent);
}

function hasOnly(values: unknown, isRight: (value: unknown) => boolean): boolean {
  return isObject(values) && Object.values(values).every(isRight);
}

/** Whether a service has one of our names, or would have actions that look like ours. */
function isOurs(service: string): boolean {
  const [first = ""] = service.split(".", 1);
  return first.startsWith("$") || SERVICE_NAMES.includes(first as ServiceName);
}

function isObject(value: unknown): value is Payload {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
