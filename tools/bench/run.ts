/** `node build/tools/bench/run.js`: measures sluice and its peers side by side. `--help` lists the options. */
import { availableParallelism } from 'node:os';
import { hasNatsServer, participants, reported } from './contenders.js';
import { figuresPart } from './documents.js';
import { LoadFleet } from './fleet.js';
import { leafPart } from './leaf-page.js';
import { type Options, parseOptions } from './options.js';
import { partsOf, planOf, probeRounds } from './parts.js';
import { tidyUpOnExit } from './processes.js';
import { profileCell } from './profile-cell.js';
import { QUICK_RESULTS, save, saveAll, saveLeaf, saveWebSocket } from './publish.js';
import { resultFile, serialize } from './results.js';
import { session } from './session.js';
import { isFailure } from './summary.js';

const NO_NATS_SERVER =
  'No nats-server found, so there is little to compare with: it is not on PATH; --peer PATH or NATS_SERVER=PATH names one.';

async function compare(options: Options, fleet: LoadFleet): Promise<number> {
  const all = participants(options, process.env);
  const contenders = all.map(({ contender }) => contender);
  const parts = partsOf(options);
  const plan = planOf(parts.cells, contenders, options);
  const turns = probeRounds(parts.probes, contenders, options);
  const complete = hasNatsServer(all) && all[0]?.role === 'subject';
  if (!hasNatsServer(all) && options.only === undefined) console.log(NO_NATS_SERVER);
  for (const { name, version, path } of contenders) console.log(`${name}: ${version}, ${path}`);
  console.log(
    `${parts.cells.length} cells, ${plan.rounds} rounds of about ${plan.runSeconds.toFixed(2)} s, ${options.load} load ` +
      `process(es); ${parts.probes.length} probes, at most ${turns} round(s)${parts.curves ? '; growth' : ''}\n`,
  );

  const began = Date.now();
  const { figures, curves } = await session(parts, all, plan, turns, fleet, (line) => console.log(line));
  if (figures.length === 0 && curves.length === 0)
    throw new Error('none of these brokers can run any of this');
  const { rounds, runSeconds } = plan;
  const file = resultFile(
    reported(all),
    { rounds, runSeconds, loadProcesses: options.load, size: parts.size },
    figures,
    curves,
  );
  const markdown = options.leaf ? leafPart(file) : figuresPart(file, []);
  console.log(`\n${markdown}\n\n${Math.round((Date.now() - began) / 1000)} s`);
  save(options.json, () => serialize(file));
  save(options.markdown, () => `${markdown}\n`);
  if (options.websocket) {
    if (options.write ?? complete) saveWebSocket(file);
  } else if (options.leaf) {
    if (options.write ?? (parts.whole && parts.size === 'full' && complete)) saveLeaf(file);
  } else if (options.write ?? (parts.whole && parts.size === 'full' && complete)) saveAll(file);
  else if (parts.whole) save(QUICK_RESULTS, () => serialize(file));
  return figures.some(({ samples }) => Object.values(samples).flat().some(isFailure)) ? 1 : 0;
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), process.env, availableParallelism());
  const fleet = new LoadFleet(options.load);
  try {
    return options.profile === undefined
      ? await compare(options, fleet)
      : await profileCell(options, options.profile, fleet);
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
