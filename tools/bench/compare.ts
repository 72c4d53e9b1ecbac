/** `node build/tools/bench/compare.js --base REV`: this checkout against another revision of it. `--help` lists the options. */
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { sluice } from './brokers.js';
import { figuresOf } from './cell-figures.js';
import { CELLS, LEAF_CELLS, selectCells } from './cells.js';
import { comparisonOf, DEFAULT_CELLS, lineOf } from './comparison.js';
import { LoadFleet } from './fleet.js';
import { linked } from './linked.js';
import { measure } from './measure.js';
import { count, defaultLoad, positive } from './options.js';
import { tidyUpOnExit } from './processes.js';
import { builtRevision } from './revision.js';

interface Options {
  readonly base: string;
  readonly cells: string;
  readonly leaf?: true;
  readonly min: number;
  readonly rounds: number;
  readonly seconds: number;
}

function optionsOf(argv: readonly string[]): Options {
  return new Command('bench-compare')
    .description('Builds another revision of sluice and measures this one against it, in turns.')
    .requiredOption('--base <revision>', 'what git calls a commit: main, HEAD~3, v0.1.0')
    .option('--cells <list>', 'cells, as in the bench', DEFAULT_CELLS)
    .option('--leaf', 'cells of leaf links, with the same revision at both ends')
    .option(
      '--min <ratio>',
      'fail if a cell is below this twice, the second time over twice the rounds',
      positive,
      0.9,
    )
    .option('--rounds <n>', 'measured runs of each revision per cell', count, 5)
    .option('--seconds <n>', 'length of one run', positive, 0.7)
    .parse(argv, { from: 'user' })
    .opts<Options>();
}

async function main(): Promise<number> {
  const { base, cells, leaf, min, rounds, seconds } = optionsOf(process.argv.slice(2));
  const chosen = selectCells(cells, leaf ? LEAF_CELLS : CELLS);
  const { cli, commit } = await builtRevision(base, (line) => console.log(line));
  const revisions = [sluice(), sluice(cli, `sluice at ${commit}`)];
  const contenders = leaf ? revisions.map((each) => linked(each, each)) : revisions;
  const names = contenders.map(({ name }) => name);
  const plan = { rounds, runSeconds: seconds, warmUpSeconds: seconds / 2 };
  console.log(
    `\n${chosen.length} cells, ${rounds} rounds of about ${seconds} s; ratio: this checkout over ${base} (${commit})\n`,
  );
  const fleet = new LoadFleet(defaultLoad(availableParallelism()));
  try {
    let fine = true;
    for (const cell of chosen) {
      const look = async (thisPlan: typeof plan) => {
        const result = comparisonOf(figuresOf(await measure(cell, contenders, thisPlan, fleet)), names, min);
        console.log(lineOf(cell.id, result));
        return result.fine;
      };
      // A machine that is not quiet makes ratios of 0.85 between equals: what seems slow is looked at once more, longer.
      fine = ((await look(plan)) || (await look({ ...plan, rounds: 2 * rounds }))) && fine;
    }
    console.log(
      fine ? `\nNo cell is below ${min}×.` : `\nThere are cells below ${min}×, or without a ratio.`,
    );
    return fine ? 0 : 1;
  } finally {
    await fleet.close();
  }
}

tidyUpOnExit('bench-compare');
main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(`bench-compare: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(2);
  },
);
