import type { ServiceBroker } from "moleculer";
import type { Producer } from "../contracts";
import { BillingBroker } from "./broker";
import type { MetricSet } from "./metric-set";

/** An operator's console has none. */
const metricsOf = (broker: ServiceBroker): MetricSet | undefined =>
  broker instanceof BillingBroker ? broker.runtime.metrics : undefined;

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

const secondsSince = (began: bigint): number => Number(process.hrtime.bigint() - began) / 1e9;

/** Records how long an action took; `began` is `process.hrtime.bigint()` at its start. */
export function recordAction(broker: ServiceBroker, action: string, began: bigint): void {
  metricsOf(broker)?.action.observe({ action }, secondsSince(began));
}

/** Records how long an HTTP request took. @param route the pattern: paths would make endless series */
export function recordHttpRequest(
  broker: ServiceBroker,
  method: string,
  route: string,
  status: number,
  began: bigint,
): void {
  metricsOf(broker)?.http.observe({ method, route, status: String(status) }, secondsSince(began));
}

export function setFeedLag(
  broker: ServiceBroker,
  consumer: Producer,
  producer: Producer,
  behind: number,
): void {
  metricsOf(broker)?.lag.set({ consumer, producer }, behind);
}

/** Counts events that took effect. Of 0 there is a series from then on, so that the first one is a change. */
export function countEvents(
  broker: ServiceBroker,
  consumer: Producer,
  producer: Producer,
  count: number,
): void {
  metricsOf(broker)?.consumed.inc({ consumer, producer }, count);
}

/** Counts dead letters. @param count 0 makes the series */
export function countDeadLetters(
  broker: ServiceBroker,
  consumer: Producer,
  producer: Producer,
  type: string,
  count: number,
): void {
  metricsOf(broker)?.deadLetters.inc({ consumer, producer, type }, count);
}

/** Counts rows of a billing run by outcome. @param count 0 makes the series */
export function countBilling(broker: ServiceBroker, kind: string, outcome: string, count: number): void {
  metricsOf(broker)?.rows.inc({ kind, outcome }, count);
}

/** Records the findings of the latest audit; 0 for a clean check. */
export function setAuditFindings(
  broker: ServiceBroker,
  service: string,
  check: string,
  findings: number,
): void {
  metricsOf(broker)?.audit.set({ service, check }, findings);
}

/**
 * Counts packets from the bus without effect, because their sender may not send them.
 * @param count 0 makes the series
 */
export function countRefusedPackets(broker: ServiceBroker, reason: string, count: number): void {
  metricsOf(broker)?.refused.inc({ reason }, count);
}
