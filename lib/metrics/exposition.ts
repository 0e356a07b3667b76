/** A measure with its samples. */
export interface Metric {
  name: string;
  help: string;
  samples: { labels?: Record<string, string>; value: number }[];
}

/** Media type of version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export const PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Writes gauges in the text format of Prometheus. Our own, because the usual client keeps values in its process and
 * these are read from the database at every scrape.
 */
export function exposition(metrics: readonly Metric[]): string {
  return metrics.map(family).join("");
}

function family({ name, help, samples }: Metric): string {
  const lines = samples.map(({ labels = {}, value }) => `${name}${labelSet(labels)} ${value}`);
  return [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} gauge`, ...lines, ""].join("\n");
}

function labelSet(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`,
  );
  return pairs.length > 0 ? `{${pairs.join(",")}}` : "";
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
