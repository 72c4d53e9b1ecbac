import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { METRICS } from '../../lib/monitor/metrics/own.js';

interface Target {
  readonly expr: string;
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

const DASHBOARD = JSON.parse(readFileSync('deploy/grafana/sluice.json', 'utf8')) as Dashboard;
const RULES = (
  parse(readFileSync('deploy/prometheus/alerts.yml', 'utf8'), { strict: true }) as {
    readonly groups: readonly { readonly rules: readonly Rule[] }[];
  }
).groups.flatMap(({ rules }) => rules);

/** Labels that Prometheus adds, and words of PromQL. */
const SCRAPED: ReadonlySet<string> = new Set(['instance', 'job']);
const LABELS = new Map(METRICS.map(({ name, labels }) => [name, new Set([...labels, ...SCRAPED])]));

/** What is wrong with a query: metrics that are not served, labels that they do not have. */
function faults(expr: string): string[] {
  const found: string[] = [];
  const metrics = [...expr.matchAll(/\b((?:sluice|process|gnatsd)_\w+)(?:\{([^}]*)\})?/g)];
  if (metrics.length === 0 && !expr.startsWith('up{')) found.push(`no metric in ${expr}`);
  const known = new Set<string>(SCRAPED);
  for (const [, name = '', selector = ''] of metrics) {
    const labels = LABELS.get(name);
    if (labels === undefined) found.push(`${name} is not served`);
    for (const label of labels ?? []) known.add(label);
    for (const [, label = ''] of selector.matchAll(/(\w+) ?(?:=~|!~|!=|=)/g))
      if (labels !== undefined && !labels.has(label)) found.push(`${name} has no label ${label}`);
  }
  for (const [, list = ''] of expr.matchAll(/\b(?:by|on) ?\(([^)]*)\)/g))
    for (const label of list.split(',').map((each) => each.trim()))
      if (!known.has(label)) found.push(`no label ${label} in ${expr}`);
  return found;
}

describe('the Grafana dashboard', () => {
  it('queries only what is served, by labels that there are', () => {
    const queries = [
      ...DASHBOARD.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
      ...DASHBOARD.annotations.list.map(({ expr }) => expr),
      ...DASHBOARD.templating.list.flatMap(({ definition }) => definition ?? []),
    ];
    expect(queries.length).to.be.above(20);
    expect(
      queries.flatMap((expr) => faults(expr.replace(/^label_values\((\w+), .*\)$/, '$1'))),
    ).to.deep.equal([]);
  });

  it('shows what matters of every metric but the rarest', () => {
    const text = JSON.stringify(DASHBOARD);
    const missing = METRICS.map(({ name }) => name).filter((name) => !text.includes(name));
    expect(
      missing.filter((name) => !/^sluice_(?:account_|config_|tls_|lame_duck|monitor_)/.test(name)),
    ).to.have.members([
      'sluice_pending_messages',
      'sluice_dropped_bytes_total',
      'sluice_holds_total',
      'sluice_gc_runs_total',
      'process_start_time_seconds',
    ]);
  });

  it('has panels with ids of their own that do not overlap', () => {
    const { panels } = DASHBOARD;
    expect(new Set(panels.map(({ id }) => id))).to.have.lengthOf(panels.length);
    const cells = new Set<string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w, title).to.be.at.most(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(cells.has(`${x} ${y}`), title).to.equal(false);
          cells.add(`${x} ${y}`);
        }
    }
  });
});

describe('the alerts', () => {
  it('are about what is served, by labels that there are', () => {
    expect(RULES.length).to.be.above(8);
    expect(RULES.flatMap(({ expr }) => faults(expr))).to.deep.equal([]);
  });

  it('have a name, a severity and a summary each', () => {
    for (const { alert, labels, annotations } of RULES) {
      expect(alert).to.match(/^Sluice[A-Z]\w+$/);
      expect(labels.severity, alert).to.be.oneOf(['critical', 'warning', 'info']);
      expect(annotations.summary, alert).to.match(/\{\{ \$labels\.instance \}\}/);
    }
    expect(new Set(RULES.map(({ alert }) => alert))).to.have.lengthOf(RULES.length);
  });

  it('are checked by what finds a metric that is not there', () => {
    expect(faults('rate(sluice_none_total[5m])')).to.deep.equal(['sluice_none_total is not served']);
    expect(faults('sluice_connections{user="a"}')).to.deep.equal(['sluice_connections has no label user']);
    expect(faults('sum by (subject) (sluice_connections)')).to.have.lengthOf(1);
  });
});
