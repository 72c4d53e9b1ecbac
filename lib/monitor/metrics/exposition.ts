import { Counter, Gauge, Registry, type RegistryContentType } from 'prom-client';
import type { Turns } from '../turns.js';
import type { MetricsFormat } from './accept.js';
import type { ExporterMetric } from './exporter-names.js';
import { METRICS, type Metric } from './own.js';
import type { Scrape } from './scrape.js';

/** Metrics as text. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

type AnyRegistry = Registry<RegistryContentType>;

/**
 * Renders the metrics of one broker in one format. Each format has a registry and metrics of its own, since OpenMetrics has
 * other names for counters. Values are read when an answer is rendered, and at no other time.
 */
export class Expositor {
  private readonly registry: AnyRegistry;
  private readonly format: MetricsFormat;
  private current: Scrape | undefined;

  constructor(format: MetricsFormat) {
    this.format = format;
    this.registry = registryOf(format);
    for (const metric of METRICS) this.register(metric);
  }

  /** Renders sluice's metrics of `scrape`, unless it is undefined, and `others`, in as many turns as it takes. */
  async render(
    scrape: Scrape | undefined,
    others: readonly ExporterMetric[],
    turns: Turns,
  ): Promise<Exposition> {
    const parts: string[] = [];
    const own = scrape === undefined ? [] : METRICS;
    for (const { name } of own) {
      // The values are read before this call returns, so several answers can be made at once.
      this.current = scrape;
      parts.push(await this.registry.getSingleMetricAsString(this.nameOf(name)));
      if (turns.isOver) await turns.next();
    }
    for (const metric of others) {
      parts.push(await this.foreign(metric));
      if (turns.isOver) await turns.next();
    }
    const isOpen = this.format === 'openmetrics';
    const text = isOpen ? `${parts.join('\n')}\n# EOF\n` : `${parts.join('\n\n')}\n`;
    return { contentType: this.registry.contentType, text };
  }

  /** What a metric is called in this format: OpenMetrics puts the `_total` of counters at their samples only. */
  private nameOf(name: string): string {
    return this.format === 'openmetrics' ? name.replace(/_total$/, '') : name;
  }

  private register({ type, name, help, labels, read }: Metric): void {
    const values = () => (this.current === undefined ? [] : read(this.current));
    const options = { name: this.nameOf(name), help, labelNames: labels, registers: [this.registry] };
    if (type === 'counter')
      new Counter({
        ...options,
        collect() {
          this.reset();
          if (labels.length === 0) this.remove(); // a reset leaves a zero
          for (const [of, value] of values()) this.inc(of, value);
        },
      });
    else
      new Gauge({
        ...options,
        collect() {
          this.reset();
          if (labels.length === 0) this.remove();
          for (const [of, value] of values()) this.set(of, value);
        },
      });
  }

  /** Renders a metric of which it is not known beforehand whether there is one. */
  private foreign({ name, labels, samples }: ExporterMetric): Promise<string> {
    const registry = registryOf(this.format);
    const help = `${name}, as prometheus-nats-exporter has it.`;
    const gauge = new Gauge({ name, help, labelNames: labels, registers: [registry] });
    for (const [of, value] of samples) gauge.set(of, value);
    return registry.getSingleMetricAsString(name);
  }
}

function registryOf(format: MetricsFormat): AnyRegistry {
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(
    format === 'openmetrics' ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE,
  );
  return registry;
}
