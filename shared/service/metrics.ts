import type { ServiceBroker } from "moleculer";
import type { Producer } from "../contracts";

const NAMES = {
  action: "billing.action_ms",
  lag: "billing.feed_lag",
  consumed: "billing.events_consumed",
  deadLetters: "billing.dead_letters",
  billed: "billing.rows",
  http: "billing.http_request_ms",
  audit: "billing.audit_findings",
  refused: "billing.bus_packets_refused",
} as const;

const BUCKETS_MS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

/** Registers our own metrics with a broker; `/metrics` shows them besides Moleculer's. */
export function registerMetrics({ metrics }: ServiceBroker): void {
  const histogram = (name: string, labelNames: string[], description: string) =>
    metrics.register({ type: "histogram", name, labelNames, description, unit: "ms", buckets: BUCKETS_MS });
  const counter = (name: string, labelNames: string[], description: string) =>
    metrics.register({ type: "counter", name, labelNames, description });
  histogram(NAMES.action, ["action"], "Time an action took");
  histogram(NAMES.http, ["method", "route", "status"], "Time an HTTP request took");
  counter(NAMES.consumed, ["consumer", "producer"], "Events that took effect");
  counter(NAMES.deadLetters, ["consumer", "producer", "type"], "Events that became dead letters");
  counter(NAMES.billed, ["kind", "outcome"], "Rows of billing runs by outcome: issued, parked, marked");
  counter(NAMES.refused, ["reason"], "Packets of other nodes that had no effect");
  metrics.register({
    type: "gauge",
    name: NAMES.lag,
    labelNames: ["consumer", "producer"],
    description: "Events between a cursor and its feed's head, approximately",
  });
  metrics.register({
    type: "gauge",
    name: NAMES.audit,
    labelNames: ["service", "check"],
    description: "Findings of the latest audit in this process",
  });
}

/** Moleculer's metrics with labels that other nodes choose: names of what they offer, and of their errors. */
const FOREIGN_LABELS = [
  { name: "moleculer.request.error.total", type: "counter", labelNames: ["service", "action", "type"] },
  { name: "moleculer.registry.service.endpoints.total", type: "gauge", labelNames: [] },
  { name: "moleculer.registry.action.endpoints.total", type: "gauge", labelNames: [] },
  { name: "moleculer.registry.event.endpoints.total", type: "gauge", labelNames: [] },
] as const;

/** Takes these labels away: each new value would stay in memory, so that one node could fill another's. */
export function dropForeignLabels({ metrics }: ServiceBroker): void {
  for (const { name, type, labelNames } of FOREIGN_LABELS) {
    const description = metrics.getMetric(name)?.description;
    if (description === undefined) continue;
    if (type === "counter") metrics.register({ name, type, labelNames: [...labelNames], description });
    else metrics.register({ name, type, labelNames: [...labelNames], description });
  }
}

const msSince = (began: bigint): number => Number(process.hrtime.bigint() - began) / 1e6;

/** Records how long an action took; `began` is `process.hrtime.bigint()` at its start. */
export function recordAction(broker: ServiceBroker, action: string, began: bigint): void {
  broker.metrics.observe(NAMES.action, msSince(began), { action });
}

/** Records how long an HTTP request took. @param route the pattern: paths would make endless series */
export function recordHttpRequest(
  broker: ServiceBroker,
  method: string,
  route: string,
  status: number,
  began: bigint,
): void {
  broker.metrics.observe(NAMES.http, msSince(began), { method, route, status: String(status) });
}

export function setFeedLag(
  broker: ServiceBroker,
  consumer: Producer,
  producer: Producer,
  behind: number,
): void {
  broker.metrics.set(NAMES.lag, behind, { consumer, producer });
}

export function countEvents(
  broker: ServiceBroker,
  consumer: Producer,
  producer: Producer,
  count: number,
): void {
  broker.metrics.increment(NAMES.consumed, { consumer, producer }, count);
}

export function countDeadLetter(
  broker: ServiceBroker,
  consumer: Producer,
  producer: Producer,
  type: string,
): void {
  broker.metrics.increment(NAMES.deadLetters, { consumer, producer, type });
}

/** Counts rows of a billing run by outcome. */
export function countBilling(broker: ServiceBroker, kind: string, outcome: string, count: number): void {
  if (count > 0) broker.metrics.increment(NAMES.billed, { kind, outcome }, count);
}

/** Records the findings of the latest audit; 0 for a clean check. */
export function setAuditFindings(
  broker: ServiceBroker,
  service: string,
  check: string,
  findings: number,
): void {
  broker.metrics.set(NAMES.audit, findings, { service, check });
}

/** Counts a packet from the bus that has no effect, because its sender may not send it. */
export function countRefusedPacket({ metrics }: ServiceBroker, reason: string): void {
  // An operator's console has none of our metrics.
  if (metrics.getMetric(NAMES.refused) !== null) metrics.increment(NAMES.refused, { reason });
}
