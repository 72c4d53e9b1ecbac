import { writeFileSync } from 'node:fs';
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
  ['sum(sluice_account_received_bytes_total{account="$G"})', (value) => value > 0],
  ['rate(gnatsd_varz_in_msgs[10s])', (value) => value > 100],
  ['sluice_event_loop_delay_seconds{stat="max"}', (value) => value >= 0 && value < 5],
  ['count({__name__=~"sluice_.+"})', (value) => value > 40],
];

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

/** The value of a query's only series; undefined where there is none. */
async function query(port: number, expression: string): Promise<number | undefined> {
  const url = new URL(`http://127.0.0.1:${port}/api/v1/query`);
  url.searchParams.set('query', expression);
  const response = await fetch(url).catch(() => undefined);
  if (response?.ok !== true) return undefined;
  const { data } = (await response.json()) as {
    readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
  };
  return data.result.length === 1 ? Number(data.result[0]!.value[1]) : undefined;
}

/** Prometheus scrapes every second while a line client publishes to another one, and is then asked. */
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
  await using subscriber = new Background('nc', ['127.0.0.1', String(line)]);
  subscriber.say('SUB interop.load\n');
  await subscriber.said(/OK SUB/);
  await using publisher = new Background('nc', ['127.0.0.1', String(line)]);
  const burst = 'PUB interop.load some text\n'.repeat(100);
  const end = Date.now() + PATIENCE_MS;
  let open = [...QUERIES];
  let last: (number | undefined)[] = [];
  while (open.length > 0) {
    const seen = open.map(([expression]) => expression).join(', ');
    expect(Date.now() < end, `not answered as expected: ${seen}: ${last}\n${prometheus.text.slice(-1_000)}`);
    publisher.say(burst);
    await sleep(200);
    last = await Promise.all(open.map(([expression]) => query(port, expression)));
    open = open.filter(([, holds], i) => last[i] === undefined || !holds(last[i]));
  }
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
