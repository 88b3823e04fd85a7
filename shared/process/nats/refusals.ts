import type { Transit } from "moleculer";
import { SERVICE_NAMES, type ServiceName } from "../../config/config";
import { contracts, type Producer } from "../../contracts";
import { Doorbell } from "../../events/doorbell";
import { isNodeId, LISTENER, senderOf } from "../../service/bus-name";
import type { IdempotencyMeta } from "../../service/idempotency/attempt";

/** Why a packet does not count. */
export const REFUSALS = [
  "malformed",
  "another sender's name",
  "an answer from a node that was not asked",
  "a call of an internal action",
  "a stream",
  "an offer of a service that is not the sender's",
  "an event that is not the sender's",
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** A packet as it came; nothing in it is certain. */
type Payload = Record<string, unknown>;

/** Moleculer's version of the packets. */
const VERSION = "5";
const MAX_LEVEL = 100;
/** The answer carries the request's id, and must fit into a message. */
const MAX_ID = 100;

/**
 * Checks a packet of another node. Takes the meta out of an answer, but for `answerMeta`: Moleculer would
 * write it into its caller's. States the sender as the caller of a request and an event: metrics have it as a
 * label, and each new label stays in memory.
 * @param sender the node id in the packet's subject, which NATS has checked
 * @returns why it does not count, undefined when it does
 */
export function checkPacket(
  command: string,
  payload: unknown,
  sender: string,
  transit: Pick<Transit, "pendingRequests">,
): Refusal | undefined {
  if (!isObject(payload) || payload["ver"] !== VERSION || !isNodeId(sender)) return "malformed";
  if (payload["sender"] !== sender) return "another sender's name";
  switch (command) {
    case "REQ":
      return refusalOfRequest(payload, sender);
    case "RES":
      return refusalOfAnswer(payload, sender, transit);
    case "INFO":
      return offersOnlyItsOwn(payload, sender) ? undefined : "an offer of a service that is not the sender's";
    case "EVENT":
      return refusalOfEvent(payload, sender);
    default:
      return undefined;
  }
}

function refusalOfRequest(request: Payload, sender: string): Refusal | undefined {
  const { action, id } = request;
  if (typeof action !== "string" || typeof id !== "string" || id.length > MAX_ID) return "malformed";
  if (!isLevel(request["level"])) return "malformed";
  if (action.startsWith("$")) return "a call of an internal action";
  request["caller"] = senderOf(sender).name;
  return isStream(request) ? "a stream" : undefined;
}

function refusalOfAnswer(
  answer: Payload,
  sender: string,
  { pendingRequests }: Pick<Transit, "pendingRequests">,
): Refusal | undefined {
  answer["meta"] = answerMeta(answer["meta"]);
  const asked = pendingRequests.get(answer["id"] as string)?.nodeID;
  if (asked !== undefined && asked !== sender) return "an answer from a node that was not asked";
  if (answer["success"] !== true && !isObject(answer["error"])) return "malformed";
  return isStream(answer) ? "a stream" : undefined;
}

/** What may come beside an answer: that it is the answer of an earlier request. */
export function answerMeta(meta: unknown): IdempotencyMeta {
  return isObject(meta) && meta["replayed"] === true ? { replayed: true } : {};
}

function refusalOfEvent(event: Payload, sender: string): Refusal | undefined {
  if (!isListOfTexts(event["groups"] ?? [])) return "malformed";
  event["caller"] = senderOf(sender).name;
  return mayEmit(event["event"], sender) ? undefined : "an event that is not the sender's";
}

/** No action takes or gives a stream, and Moleculer keeps one that nobody ends for ever. */
function isStream({ stream, seq }: Payload): boolean {
  return Boolean(stream) || Boolean(seq);
}

/** How deep calls are within calls; a label of metrics. */
function isLevel(level: unknown): boolean {
  return Number.isInteger(level) && Number(level) >= 1 && Number(level) <= MAX_LEVEL;
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
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

/**
 * Moleculer makes a regular expression of an event's name with `*` or `?`, as it comes, and all nodes try it
 * on each event. So our services give no patterns, and a listener none that is slow or does not compile.
 */
const DOORBELL = /^(doorbell\.|\$)[\w.-]+$/;
const NAME = /^[^*?]*$/;
const PATTERN = /^[\w.$?*-]{1,100}$/;
const MAX_STARS = 4;

function isNameOrPattern(type: string): boolean {
  return NAME.test(type) || (PATTERN.test(type) && type.split("*").length <= MAX_STARS + 1);
}

/** Our own services receive doorbells alone: they read events from the feeds that they may read. */
function rightsOf(sender: string): Rights {
  const { name, services } = senderOf(sender);
  if (name === LISTENER) return { service: (service) => !isOurs(service), event: isNameOrPattern };
  return {
    service: (service) => services.some((own) => own === service),
    event: (type) => DOORBELL.test(type),
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
