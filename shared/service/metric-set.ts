import { Counter, Gauge, Histogram, Registry } from "prom-client";

const BUCKETS_S = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Our own metrics, one set for each broker. Names follow the conventions of Prometheus: base units, and
 * `_total` for counters.
 */
export class MetricSet {
  readonly registry = new Registry();
  readonly #registers = [this.registry];

  readonly action = new Histogram({
    name: "billing_action_duration_seconds",
    help: "Time that an action took",
    labelNames: ["action"],
    buckets: BUCKETS_S,
    registers: this.#registers,
  });
  readonly http = new Histogram({
    name: "billing_http_request_duration_seconds",
    help: "Time that an HTTP request took",
    labelNames: ["method", "route", "status"],
    buckets: BUCKETS_S,
    registers: this.#registers,
  });
  readonly lag = new Gauge({
    name: "billing_feed_lag_events",
    help: "Events between a consumer's cursor and the head of the feed, approximately",
    labelNames: ["consumer", "producer"],
    registers: this.#registers,
  });
  readonly consumed = new Counter({
    name: "billing_events_consumed_total",
    help: "Events that took effect",
    labelNames: ["consumer", "producer"],
    registers: this.#registers,
  });
  readonly deadLetters = new Counter({
    name: "billing_dead_letters_total",
    help: "Events that became dead letters",
    labelNames: ["consumer", "producer", "type"],
    registers: this.#registers,
  });
  readonly rows = new Counter({
    name: "billing_rows_total",
    help: "Rows of billing runs by outcome: invoices issued, subscriptions parked, invoices marked overdue",
    labelNames: ["kind", "outcome"],
    registers: this.#registers,
  });
  readonly audit = new Gauge({
    name: "billing_audit_findings",
    help: "Findings of the latest audit in this process",
    labelNames: ["service", "check"],
    registers: this.#registers,
  });
  readonly refused = new Counter({
    name: "billing_bus_packets_refused_total",
    help: "Packets of other nodes that had no effect",
    labelNames: ["reason"],
    registers: this.#registers,
  });
}
