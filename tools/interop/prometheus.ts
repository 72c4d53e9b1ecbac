import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Background } from './background.js';
import { expect } from './cli/command.js';
import { ask, run } from './command.js';
import { ROOT } from './find/places.js';
import type { Report } from './report.js';

/** How long Prometheus may take until a query is answered as expected, in milliseconds. */
const PATIENCE_MS = 40_000;
const DEPLOY = `${ROOT}deploy/prometheus`;

/** What is queried while messages pass, and whether an answer is as it has to be. */
const QUERIES: readonly (readonly [query: string, holds: (value: number) => boolean])[] = [
  ['up{job="sluice"}', (value) => value === 1],
  ['sum(rate(sluice_received_messages_total[10s]))', (value) => value > 100],
  ['sum(rate(sluice_sent_messages_total{dialect="line"}[10s]))', (value) => value > 100],
  ['sum(sluice_connections{dialect="line",transport="tcp"})', (value) => value === 2],
  ['sum(rate(sluice_received_messages_total{listener=~"127.0.0.1:.+"}[10s]))', (value) => value > 100],
  ['sum(sluice_account_received_bytes_total{account="$G"})', (value) => value > 0],
  ['rate(gnatsd_varz_in_msgs[10s])', (value) => value > 100],
  ['sluice_event_loop_delay_seconds{stat="max"}', (value) => value >= 0 && value < 5],
  ['count({__name__=~"sluice_.+"})', (value) => value > 40],
];

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
}

/** What the dashboard asks, as Grafana would ask it; an annotation without the condition, which seldom holds. */
function dashboardQueries(): readonly string[] {
  const text = readFileSync(`${ROOT}deploy/grafana/sluice.json`, 'utf8');
  const { panels, annotations } = JSON.parse(text) as Dashboard;
  const all = [
    ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ...annotations.list.map(({ expr }) => expr.replace(/ > 0$/, '')),
  ];
  return all.map((expr) => expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '10s'));
}

interface Ports {
  readonly line: number;
  readonly monitor: number;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => void server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The values of a query's series. */
async function query(port: number, expression: string): Promise<readonly number[]> {
  const url = new URL(`http://127.0.0.1:${port}/api/v1/query`);
  url.searchParams.set('query', expression);
  const response = await fetch(url).catch(() => undefined);
  if (response?.ok !== true) return [];
  const { data } = (await response.json()) as {
    readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
  };
  return data.result.map(({ value: [, text] }) => Number(text));
}

type Holds = (values: readonly number[]) => boolean;

/** Holds of one series. */
function only(holds: (value: number) => boolean): Holds {
  return ([value, ...more]) => value !== undefined && more.length === 0 && holds(value);
}

function isAny(values: readonly number[]): boolean {
  return values.length > 0;
}

/** Asks until every query has been answered as it should. Throws where one is not. */
async function answered(
  port: number,
  queries: readonly (readonly [expression: string, holds: Holds])[],
  meanwhile: () => void,
  log: () => string,
): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  let open = [...queries];
  let last: (readonly number[])[] = [];
  while (open.length > 0) {
    const seen = open.map(([expression]) => expression).join(', ');
    const values = last.map((each) => `[${each}]`).join(' ');
    expect(Date.now() < end, `not answered as expected: ${seen}: ${values}\n${log().slice(-1_000)}`);
    meanwhile();
    await sleep(200);
    last = await Promise.all(open.map(([expression]) => query(port, expression)));
    const answers = last;
    open = open.filter(([, holds], i) => !holds(answers[i] ?? []));
  }
}

/** Prometheus scrapes every second while a line client publishes to another one, and is asked all that the dashboard asks. */
async function scraped(directory: string, { line, monitor }: Ports): Promise<void> {
  const port = await freePort();
  const file = join(directory, 'prometheus.yml');
  writeFileSync(
    file,
    `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: ['${DEPLOY}/alerts.yml']
scrape_configs:
  - job_name: sluice
    static_configs: [{ targets: ['127.0.0.1:${monitor}'] }]
`,
  );
  await using prometheus = new Background('prometheus', [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(directory, 'prometheus')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  // Of reasons for which connections close there are only those that there were.
  await run('nc', ['-q', '0', '127.0.0.1', String(line)], { input: 'PING\n' });
  await using subscriber = new Background('nc', ['127.0.0.1', String(line)]);
  subscriber.say('SUB interop.load\n');
  await subscriber.said(/OK SUB/);
  await using publisher = new Background('nc', ['127.0.0.1', String(line)]);
  const burst = 'PUB interop.load some text\n'.repeat(100);
  await answered(
    port,
    [
      ...QUERIES.map(([expression, holds]) => [expression, only(holds)] as const),
      ...dashboardQueries().map((expression) => [expression, isAny] as const),
    ],
    () => publisher.say(burst),
    () => prometheus.text,
  );
}

/** What promtool has to say of the metrics under sluice's names. */
async function linted({ monitor }: Ports): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${monitor}/metrics?names=sluice`);
  const { code, text } = await run('promtool', ['check', 'metrics'], { input: await response.text() });
  expect(code === 0 && text.trim() === '', `${code}: ${text}`);
}

async function rules(): Promise<void> {
  const checked = await run('promtool', ['check', 'rules', 'alerts.yml'], { cwd: DEPLOY });
  expect(checked.code === 0, checked.text);
  const tested = await run('promtool', ['test', 'rules', 'alerts.test.yml'], { cwd: DEPLOY });
  expect(tested.code === 0, tested.text);
}

/** Has Prometheus scrape sluice under load, and its tools check metrics and alerts. */
export async function prometheusChecks(report: Report, directory: string): Promise<void> {
  const version = await ask('prometheus', '--version');
  const hasTool = (await ask('promtool', '--version')) !== undefined;
  if (version === undefined || !hasTool) {
    report.missing({
      name: 'prometheus',
      reason: 'prometheus and promtool are not on PATH (apt-get install prometheus)',
    });
    return;
  }
  report.begin({ name: 'prometheus', version: /version (\S+?)[+,]/.exec(version)?.[1] ?? '' });
  const where = ['-a', '127.0.0.1', '-p', '-1', '--line', '127.0.0.1:-1', '-m', '-1'];
  await using broker = new Background(process.execPath, [`${ROOT}dist/cli.js`, ...where], {
    SLUICE_BANNER: 'always',
  });
  await broker.said(/configuration: .*\n/);
  const port = (name: string) =>
    Number(new RegExp(`^ {2}${name} +\\S*:(\\d+)$`, 'm').exec(broker.text)?.[1] ?? 0);
  const ports = { line: port('line'), monitor: port('http') };
  const checks = {
    'scrape-under-load': () => scraped(directory, ports),
    'promtool-metrics': () => linted(ports),
    'promtool-alerts': rules,
  };
  for (const [name, check] of Object.entries(checks)) {
    await check().then(
      () => report.add(name, { kind: 'passed' }),
      (error: unknown) => report.add(name, { kind: 'failed', reason: String(error) }),
    );
  }
}
