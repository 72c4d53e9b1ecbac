import { type Answer, type Monitored, refused } from '../endpoint.js';
import { healthz } from '../healthz.js';
import { Query } from '../query.js';
import { statsRow } from '../subsz.js';
import { varz } from '../varz.js';
import { type MetricsFormat, preferredFormat } from './accept.js';
import { type ExporterMetric, exporterMetrics } from './exporter-names.js';
import { Expositor } from './exposition.js';
import { RuntimeMeter } from './runtime.js';
import { type Scrape, scrape } from './scrape.js';

/** Which names an answer has: sluice's, those of prometheus-nats-exporter, or both. */
const NAMES = ['all', 'sluice', 'nats'];

/** The metrics of one broker, for `/metrics`. Nothing is counted here: values are the broker's own counters. */
export class Metrics {
  private readonly meter = new RuntimeMeter();
  private readonly expositors = new Map<MetricsFormat, Expositor>();
  private readonly maxAccounts: () => number;

  /** @param maxAccounts most accounts that have a label of their own, asked for each answer */
  constructor(maxAccounts: () => number) {
    this.maxAccounts = maxAccounts;
  }

  /** Answers `/metrics`, in the format that `accept` prefers. */
  async answer(query: Query, monitored: Monitored, accept: string | undefined): Promise<Answer> {
    const names = query.text('names') || 'all';
    if (!NAMES.includes(names)) return refused(`names: not usable, allowed: ${NAMES.join(', ')}\n`);
    const read = await monitored.turns.run(scrape(monitored, this.meter, this.maxAccounts()));
    const others = names === 'sluice' ? [] : await exported(read, monitored);
    const expositor = this.expositorOf(preferredFormat(accept));
    await monitored.turns.next();
    const own = names === 'nats' ? undefined : read;
    const { contentType, text } = await expositor.render(own, others, monitored.turns);
    return { kind: 'text', status: 200, text, contentType };
  }

  /** Stops measuring. */
  stop(): void {
    this.meter.stop();
  }

  private expositorOf(format: MetricsFormat): Expositor {
    let found = this.expositors.get(format);
    if (found === undefined) {
      found = new Expositor(format);
      this.expositors.set(format, found);
    }
    return found;
  }
}

/** What the exporter makes of the JSON of `/varz` and the others. */
async function exported(read: Scrape, monitored: Monitored): Promise<readonly ExporterMetric[]> {
  const { observed, turns } = monitored;
  const subsz = await turns.run(statsRow(observed.accounts()));
  const answer = await varz(new Query(''), monitored);
  const health = await healthz(new Query(''), monitored);
  return exporterMetrics(read, {
    varz: answer.kind === 'json' ? (answer.body as object) : {},
    subsz,
    isHealthy: health.kind === 'json' && health.status === 200,
  });
}
