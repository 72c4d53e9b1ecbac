/** `make chaos`: the scenarios one by one, each with what it counted. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { tidyUpOnExit } from '../bench/processes.js';
import { machine } from './machine.js';
import { behind, selfPublishing } from './scenarios/behind.js';
import { cable } from './scenarios/cable.js';
import { churn } from './scenarios/churn.js';
import { clocks } from './scenarios/clocks.js';
import { dialects } from './scenarios/dialect.js';
import { disk } from './scenarios/disk.js';
import { fairShares } from './scenarios/fair-shares.js';
import { files } from './scenarios/files.js';
import { flood } from './scenarios/flood.js';
import { frozen, frozenDisconnect, frozenDrop } from './scenarios/frozen.js';
import { handshakeStorms } from './scenarios/handshake-storms.js';
import { jetStreamStorm } from './scenarios/jetstream-storm.js';
import { jetStreamWork } from './scenarios/jetstream-work.js';
import { livePages } from './scenarios/live-pages.js';
import { logins } from './scenarios/logins.js';
import { mixed } from './scenarios/mixed.js';
import { monitor } from './scenarios/monitor.js';
import { resets } from './scenarios/resets.js';
import { type Context, Outcome, type Scenario } from './scenarios/scenario.js';
import { shutdown, shutdownFrozen } from './scenarios/shutdown.js';
import { slow, slowDefault } from './scenarios/slow.js';
import { slowloris } from './scenarios/slowloris.js';
import { storm } from './scenarios/storm.js';
import { websocketMemory } from './scenarios/websocket-memory.js';
import { websockets } from './scenarios/websockets.js';
import { slowReaders, webSocketCosts } from './summary.js';
import { splice, table } from './table.js';

const PAGE = new URL('../../../docs/reliability.md', import.meta.url);
const OPERATIONS_PAGE = new URL('../../../docs/operations.md', import.meta.url);
const FLOW_PAGE = new URL('../../../docs/flow.md', import.meta.url);

const SCENARIOS: readonly Scenario[] = [
  ...[frozen, frozenDrop, frozenDisconnect, slow, slowDefault, flood, storm, churn],
  ...[slowloris, cable, resets, files, disk, clocks],
  ...[shutdown, shutdownFrozen, mixed, logins, monitor],
  ...[...behind, selfPublishing],
  ...dialects,
  ...[websockets, websocketMemory, livePages],
  ...fairShares,
  ...handshakeStorms,
  jetStreamWork,
  jetStreamStorm,
];

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    peer: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    sluice: { type: 'string' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  console.log(
    'usage: chaos [--only 1,2,7a] [--peer nats-server|redis-server]… [--seconds of the flood] [--seed n]',
  );
  console.log('             [--sluice cli.js] [--write]');
  for (const { id, name } of SCENARIOS) console.log(`  ${id.padEnd(3)} ${name}`);
  process.exit(0);
}
tidyUpOnExit('chaos');

const context: Context = {
  sluice: values.sluice,
  floodSeconds: Number(values.seconds),
  seed: Number(values.seed),
};
const wanted = values.only?.split(',');
let failed = 0;

async function attempt(scenario: Scenario, how: Context): Promise<Outcome> {
  try {
    return await scenario.run(how);
  } catch (error) {
    const outcome = new Outcome();
    outcome.failures.push(error instanceof Error ? `${error.message}` : String(error));
    return outcome;
  }
}

function rewrite(page: URL, name: string, content: string): void {
  writeFileSync(page, splice(readFileSync(page, 'utf8'), name, content));
}

function verdict({ failures, skipped }: Outcome): string {
  if (skipped !== undefined) return `not run: ${skipped}`;
  return failures.length === 0 ? 'passed' : 'FAILED';
}

/** One column of figures for each broker; peers need not pass. */
function sideBySide(names: readonly string[], outcomes: readonly Outcome[]): string {
  const [own] = outcomes;
  const rows = (own?.rows ?? []).map(([what = '', value = '']) => [
    what,
    value,
    ...outcomes.slice(1).map(({ rows: theirs }) => theirs.find(([name]) => name === what)?.[1] ?? ''),
  ]);
  return table(['', ...names], rows);
}

console.log(`seed ${values.seed}`);
const began = performance.now();
for (const scenario of SCENARIOS) {
  if (wanted !== undefined && !wanted.includes(scenario.id)) continue;
  const from = performance.now();
  const outcomes = [await attempt(scenario, context)];
  const names = ['sluice'];
  for (const peer of scenario.comparable === true ? values.peer : []) {
    outcomes.push(await attempt(scenario, { ...context, peer }));
    names.push(basename(peer));
  }
  const [own] = outcomes as [Outcome];
  if (own.failures.length > 0) failed++;
  const elapsed = ((performance.now() - from) / 1_000).toFixed(0);
  const text = [
    `**${scenario.id}: ${scenario.name}** (${elapsed} s, ${verdict(own)})`,
    sideBySide(names, outcomes),
    ...own.failures.map((failure) => `FAILED ${failure}`),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
  console.log(`\n${text}`);
  for (const [i, { failures }] of outcomes.slice(1).entries())
    for (const failure of failures) console.log(`  ${names[i + 1]} would have failed: ${failure}`);
  if (values.write) {
    const section = `${text}\n\n${machine(values.sluice)}`;
    const page = splice(readFileSync(PAGE, 'utf8'), `chaos-${scenario.id}`, section);
    writeFileSync(PAGE, page);
    rewrite(FLOW_PAGE, 'flow-table', slowReaders(page));
    rewrite(OPERATIONS_PAGE, 'websocket-costs', webSocketCosts(page));
  }
}
console.log(`\n${failed} of the scenarios failed; ${((performance.now() - began) / 1_000).toFixed(0)} s`);
process.exit(failed === 0 ? 0 : 1);
