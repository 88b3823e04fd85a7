import type { MetricRegistry } from "moleculer";

type Metric = MetricRegistry["store"] extends Map<string, infer Each> ? Each : never;
type Labels = Record<string, unknown>;

/** Facts about the machine and its users, which are no metrics; and what says nothing without its labels. */
const LEFT_OUT =
  /^(os\.(datetime|user|network|cpu\.info)|process\.arguments|moleculer\.registry\.\w+\.endpoints)/;

/**
 * Moleculer's metrics in Prometheus's text format, version 0.0.4. Moleculer's own reporter leaves out
 * the sum and count of histograms, which an average needs.
 */
export function moleculerText(registry: MetricRegistry): string {
  const { namespace, nodeID } = registry.broker;
  return [...registry.store.values()]
    .filter(({ name }) => !LEFT_OUT.test(name))
    .map((metric) => family(metric, { namespace, node: nodeID }))
    .join("");
}

function family(metric: Metric, common: Labels): string {
  const name = metric.name.replaceAll(/[^a-zA-Z0-9_]/g, "_");
  const samples = (metric.snapshot() as Item[]).flatMap((item) =>
    samplesOf(metric.type, name, item, { ...common, ...item.labels }),
  );
  if (samples.length === 0) return "";
  const description = escaped(metric.description ?? metric.name).replaceAll('\\"', '"');
  const type = metric.type === "info" ? "gauge" : metric.type;
  return [`# HELP ${name} ${description}`, `# TYPE ${name} ${type}`, ...samples, ""].join("\n");
}

interface Item {
  labels: Labels;
  value?: unknown;
  count?: number;
  sum?: number;
  buckets?: Record<string, number>;
}

function samplesOf(type: string, name: string, item: Item, labels: Labels): string[] {
  if (type === "info") return [sample(name, { ...labels, value: item.value }, 1)];
  if (type !== "histogram") return [sample(name, labels, item.value)];
  const buckets = Object.entries(item.buckets ?? {}).map(([le, count]) =>
    sample(`${name}_bucket`, { ...labels, le }, count),
  );
  return [
    ...buckets,
    sample(`${name}_bucket`, { ...labels, le: "+Inf" }, item.count),
    sample(`${name}_sum`, labels, item.sum),
    sample(`${name}_count`, labels, item.count),
  ];
}

function sample(name: string, labels: Labels, value: unknown): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(String(text))}"`);
  return `${name}{${pairs.join(",")}} ${typeof value === "number" ? value : "NaN"}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
