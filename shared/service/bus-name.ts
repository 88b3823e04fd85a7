import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { SERVICE_NAMES, type ServiceName } from "../config/config";

export { LISTENER } from "../contracts/contract";

/** The name of an operator's console on the bus. It offers no service. */
export const CONSOLE = "console";

/** Who sent a message: the name is that of its NATS user. */
export interface Sender {
  name: string;
  /** The services that may run under this name; none for the console, a listener and unknown names. */
  services: readonly ServiceName[];
}

/** The name that a process with these services has on the bus, like `invoicing` or `catalog-cron`. */
export function busName(services: readonly ServiceName[]): string {
  return SERVICE_NAMES.filter((name) => services.includes(name)).join("-");
}

/**
 * A new id for a node: its bus name, a dot, and an instance, which is unique. Each is one token of a NATS
 * subject.
 */
export function nodeIdOf(name: string): string {
  const instance = `${hostname()}-${process.pid}-${randomBytes(4).toString("hex")}`;
  return `${name}.${instance.replace(/[^A-Za-z0-9_-]/g, "_").slice(-100)}`;
}

/** Node ids become keys and go into logs, so they are short and of plain characters. */
const NODE_ID = /^[\w-]{1,100}\.[\w-]{1,100}$/;

/** Whether this can be the id of a node: a name and an instance. */
export function isNodeId(nodeId: string): boolean {
  return NODE_ID.test(nodeId);
}

/** Who a node is, by its id. Trust it only for ids that NATS or this process has checked. */
export function senderOf(nodeId: string): Sender {
  const [name = ""] = nodeId.split(".", 1);
  const tokens = name.split("-");
  const services = SERVICE_NAMES.filter((service) => tokens.includes(service));
  return { name, services: services.join("-") === name ? services : [] };
}
