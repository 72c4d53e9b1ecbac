import { Counter, Gauge, Registry, type RegistryContentType } from 'prom-client';
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
 * Renders the metrics of one broker in one format. Each format has a registry and metrics of its own, since rendering
 * OpenMetrics changes the names of counters. Values are read when an answer is rendered, and at no other time.
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

  /** Renders sluice's metrics of `scrape`, unless it is undefined, and `others`. */
  async render(scrape: Scrape | undefined, others: readonly ExporterMetric[]): Promise<Exposition> {
    const { contentType } = this.registry;
    const registries = scrape === undefined ? [] : [this.registry];
    if (others.length > 0) registries.push(this.registryOf(others));
    this.current = scrape;
    // All values are read within this call, so no other answer gets in between.
    const text = Registry.merge(registries as Registry[]).metrics();
    this.current = undefined;
    return { contentType, text: await text };
  }

  private register({ type, name, help, labels, read }: Metric): void {
    const values = () => (this.current === undefined ? [] : read(this.current));
    const options = { name, help, labelNames: labels, registers: [this.registry] };
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

  /** A registry for one answer, since which metrics there are depends on what the server has. */
  private registryOf(metrics: readonly ExporterMetric[]): AnyRegistry {
    const registry = registryOf(this.format);
    for (const { name, labels, samples } of metrics) {
      const help = `${name}, as prometheus-nats-exporter has it.`;
      const gauge = new Gauge({ name, help, labelNames: labels, registers: [registry] });
      for (const [of, value] of samples) gauge.set(of, value);
    }
    return registry;
  }
}

function registryOf(format: MetricsFormat): AnyRegistry {
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(
    format === 'openmetrics' ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE,
  );
  return registry;
}
