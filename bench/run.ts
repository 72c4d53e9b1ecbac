/** `node build/bench/run.js`: measures sluice and its peers side by side. `--help` lists the options. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Contender, onPath, peer, relay, sluice } from './brokers.js';
import { CELLS, type Cell, QUICK_CELLS, selectCells } from './cells.js';
import { LoadFleet } from './fleet.js';
import { type CellResult, failed, measure, type Plan } from './measure.js';
import { type Options, parseOptions } from './options.js';
import { tidyUpOnExit } from './processes.js';
import { type CpuProfile, hottest } from './profile.js';
import { NEW_PAGE, progress, splice, tables } from './report.js';
import { provenance, resultFile } from './results.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const RESULTS = join(ROOT, 'bench/results/latest.json');
const PAGE = join(ROOT, 'docs/performance.md');

/** What a whole run may take, and what of it goes to starting, connecting and stopping rather than measuring. */
const BUDGET_SECONDS = 540;
const QUICK_BUDGET_SECONDS = 75;
const OVERHEAD_SECONDS = 0.6;

function contendersOf(options: Options): readonly Contender[] {
  const { NATS_SERVER } = process.env;
  const given = options.peer.length > 0 ? options.peer : [NATS_SERVER ?? onPath('nats-server')];
  const peers = options.only === 'sluice' ? [] : given.filter((path) => path !== undefined).map(peer);
  if (peers.length === 0 && options.only !== 'sluice') {
    console.log('No peer found: nats-server is not on PATH; --peer PATH or NATS_SERVER=PATH names one.');
  }
  const all = [
    ...(options.only === 'peer' ? [] : [sluice(options.sluice)]),
    ...peers,
    ...(options.relay ? [relay()] : []),
  ];
  const namesakes = (n: number): number => all.slice(0, n).filter(({ name }) => name === all[n]?.name).length;
  return all.map((contender, n) =>
    namesakes(n) === 0 ? contender : { ...contender, name: `${contender.name} (${namesakes(n) + 1})` },
  );
}

/** Runs as long as the budget allows, 0.3 to 1.5 s each. */
function planOf({ rounds, quick, seconds }: Options, cells: number, contenders: number): Plan {
  const perContender =
    (quick ? QUICK_BUDGET_SECONDS : BUDGET_SECONDS) / cells / contenders - OVERHEAD_SECONDS;
  const runSeconds = seconds ?? Math.min(1.5, Math.max(0.3, perContender / (rounds + 1)));
  return { rounds, runSeconds, warmUpSeconds: Math.max(0.25, runSeconds / 2) };
}

async function compare(options: Options, fleet: LoadFleet): Promise<number> {
  const contenders = contendersOf(options);
  const chosen =
    options.cells === undefined ? (options.quick ? QUICK_CELLS : CELLS) : selectCells(options.cells);
  const cells = chosen.filter((cell) => contenders.some(({ runs }) => runs(cell)));
  if (cells.length === 0) throw new Error('none of these brokers can run these cells');
  const plan = planOf(options, cells.length, contenders.length);
  for (const { name, version, path } of contenders) console.log(`${name}: ${version}, ${path}`);
  console.log(
    `${cells.length} cells, ${plan.rounds} rounds of about ${plan.runSeconds.toFixed(2)} s, ${options.load} load process(es)\n`,
  );

  const results: CellResult[] = [];
  for (const cell of cells) {
    console.log(cell.id);
    const result = await measure(cell, contenders, plan, fleet);
    results.push(result);
    console.log(progress(result));
  }
  const file = resultFile(contenders, { ...plan, loadProcesses: options.load }, results);
  const names = contenders.map(({ name }) => name);
  const markdown = `${provenance(file)}\n\n${tables(results, names)}\n`;
  console.log(`\n${markdown}`);
  save(options.write ? RESULTS : options.json, () => `${JSON.stringify(file, null, 2)}\n`);
  save(options.markdown, () => markdown);
  save(options.write ? PAGE : undefined, () =>
    splice(existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : NEW_PAGE, markdown),
  );
  return results.some((result) => result.results.some(({ rounds }) => rounds.some(failed))) ? 1 : 0;
}

function save(path: string | undefined, content: () => string): void {
  if (path === undefined) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content());
  console.log(`wrote ${path}`);
}

async function profile(options: Options, name: string, fleet: LoadFleet): Promise<number> {
  const [cell, ...more] = selectCells(name) as [Cell, ...Cell[]];
  if (more.length > 0) throw new RangeError(`--profile takes one cell; '${name}' is ${more.length + 1}`);
  const folder = mkdtempSync(join(tmpdir(), 'sluice-profile-'));
  const plan = { rounds: 1, runSeconds: options.seconds ?? 4, warmUpSeconds: 0.5 };
  const flags = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=500'];
  const contender = options.relay ? relay() : sluice(options.sluice);
  const result = await measure(cell, [contender], plan, fleet, flags);
  console.log(`${cell.id}\n${progress(result)}`);
  const file = readdirSync(folder).find((entry) => entry.endsWith('.cpuprofile'));
  if (file === undefined)
    throw new Error(`${contender.name} left no profile in ${folder}: did it exit on SIGTERM?`);
  const path = join(folder, file);
  console.log('\nOwn time, idle time left out:');
  for (const hot of hottest(JSON.parse(readFileSync(path, 'utf8')) as CpuProfile, 25)) {
    console.log(`${(hot.share * 100).toFixed(1).padStart(6)} %  ${hot.name}`);
  }
  console.log(`
The whole profile, with call stacks: ${path}
Open it in Chrome (DevTools, Performance, Load profile), in VS Code (just open the file: flame view), or at
https://www.speedscope.app, which reads it in the browser ("Left Heavy" adds up equal stacks).
A wide box is a function under which time was spent; "(program)" is native code: system calls, copies.`);
  return 0;
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), process.env, availableParallelism());
  const fleet = new LoadFleet(options.load);
  try {
    return options.profile === undefined
      ? await compare(options, fleet)
      : await profile(options, options.profile, fleet);
  } finally {
    await fleet.close();
  }
}

tidyUpOnExit();
main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(2);
  },
);
