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
export type Payload = Readonly<Record<string, unknown>>;

/**
 * Checks a packet of another node.
 * @param sender the node id in the packet's subject, for which NATS vouches
 * @returns why it does not count, undefined when it does
 */
export function refusalOf(
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

/**
 * Whether a node offers only services that may run under its name. Moleculer registers actions and events by
 * their own names, and shares events among all services of a group, so each of these names counts.
 */
function offersOnlyItsOwn({ services: offers }: Payload, sender: string): boolean {
  if (!Array.isArray(offers)) return false;
  const { name, services } = senderOf(sender);
  const isItsOwn = (service: string) =>
    name === LISTENER ? !isOurs(service) : services.some((own) => own === service);
  return offers.every((offer: unknown) => isObject(offer) && isConsistent(offer, isItsOwn));
}

function isConsistent(offer: Payload, isItsOwn: (service: string) => boolean): boolean {
  const { name, fullName = name, actions = {}, events = {} } = offer;
  if (typeof name !== "string" || typeof fullName !== "string" || !isObject(actions) || !isObject(events))
    return false;
  return (
    isItsOwn(name) &&
    isItsOwn(fullName) &&
    Object.values(actions).every(
      (action) => isObject(action) && startsWith(action["name"], `${fullName}.`),
    ) &&
    Object.values(events).every((event) => isObject(event) && isGroup(event["group"], isItsOwn))
  );
}

function isGroup(group: unknown, isItsOwn: (service: string) => boolean): boolean {
  return group === undefined || group === null || (typeof group === "string" && isItsOwn(group));
}

/** Whether a service has one of our names, or would have actions that look like ours. */
function isOurs(service: string): boolean {
  const [first = ""] = service.split(".", 1);
  return first.startsWith("$") || SERVICE_NAMES.includes(first as ServiceName);
}

function startsWith(text: unknown, start: string): boolean {
  return typeof text === "string" && text.startsWith(start);
}

function isObject(value: unknown): value is Payload {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
