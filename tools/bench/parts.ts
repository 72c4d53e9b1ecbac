/** What a run consists of, and how long each part may take. */
import type { Contender } from './brokers.js';
import { CELLS, type Cell, LEAF_CELLS, QUICK_CELLS, selectCells, WEBSOCKET_PAIRS } from './cells.js';
import type { Plan } from './measure.js';
import type { Options } from './options.js';
import { LEAF_PROBES, PROBES, type Probe, type Size } from './probes/index.js';

/** Seconds that the parts of a run may take. */
interface Budget {
  readonly cells: number;
  readonly probes: number;
  readonly curves: number;
}
/** A whole run stays below ten minutes, a quick one below 90 s. */
export const BUDGETS: Readonly<Record<Size, Budget>> = {
  full: { cells: 310, probes: 130, curves: 80 },
  quick: { cells: 44, probes: 28, curves: 20 },
};
/** How much longer a probe takes in full size. */
const FULL_FACTOR = 2;
/** What starting, connecting and stopping takes in a cell, for each contender, in seconds. */
const OVERHEAD_SECONDS = 0.7;
/** Runs are this long, whatever the budget says, in seconds. */
const SHORTEST = 0.15;
const LONGEST = 1.5;

export interface Parts {
  readonly size: Size;
  readonly cells: readonly Cell[];
  readonly probes: readonly Probe[];
  readonly curves: boolean;
  /** Whether this is all that such a run can measure. */
  readonly whole: boolean;
}

/** What a list of ids and groups names, in the order of `probes`. Throws a `RangeError` for a name that fits none. */
export function selectProbes(list: string, probes: readonly Probe[] = PROBES): readonly Probe[] {
  const names = list.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!probes.some(({ id, group }) => id === name || group === name)) {
      throw new RangeError(`no probe is called '${name}'; there are ${probes.map(({ id }) => id).join(' ')}`);
    }
  }
  return probes.filter(({ id, group }) => names.includes(id) || names.includes(group));
}

/** Everything, or of cells, probes and curves only what was named. */
export function partsOf({ cells, probes, curves, websocket, leaf, quick }: Options): Parts {
  const size = quick ? 'quick' : 'full';
  if (websocket) return { size, cells: WEBSOCKET_PAIRS.flat(), probes: [], curves: false, whole: false };
  if (leaf) {
    return {
      size,
      cells: cells !== undefined ? selectCells(cells, LEAF_CELLS) : probes === undefined ? LEAF_CELLS : [],
      probes:
        probes !== undefined ? selectProbes(probes, LEAF_PROBES) : cells === undefined ? LEAF_PROBES : [],
      curves: false,
      whole: cells === undefined && probes === undefined,
    };
  }
  const allCells = quick ? QUICK_CELLS : CELLS;
  if (cells === undefined && probes === undefined && curves === undefined) {
    return { size, cells: allCells, probes: PROBES, curves: !quick, whole: true };
  }
  return {
    size,
    cells: cells === undefined ? [] : cells === 'all' ? allCells : selectCells(cells),
    probes: probes === undefined ? [] : probes === 'all' ? PROBES : selectProbes(probes),
    curves: curves === true,
    whole: false,
  };
}

/** Runs of a cell as long as the budget allows. */
export function planOf(
  cells: readonly Cell[],
  contenders: readonly Pick<Contender, 'runs'>[],
  { rounds, quick, seconds }: Pick<Options, 'rounds' | 'quick' | 'seconds'>,
): Plan {
  const turns = cells.reduce((sum, cell) => sum + contenders.filter(({ runs }) => runs(cell)).length, 0);
  const each = BUDGETS[quick ? 'quick' : 'full'].cells / Math.max(1, turns) - OVERHEAD_SECONDS;
  const runSeconds = seconds ?? Math.min(LONGEST, Math.max(SHORTEST, each / (rounds + 1)));
  return { rounds, runSeconds, warmUpSeconds: Math.max(SHORTEST, runSeconds / 2) };
}

/** As many rounds of every probe as the budget allows, one at least. */
export function probeRounds(
  probes: readonly Pick<Probe, 'seconds' | 'rounds' | 'runs'>[],
  contenders: readonly Contender[],
  { rounds, quick }: Pick<Options, 'rounds' | 'quick'>,
): number {
  const secondsOf = (count: number): number =>
    probes.reduce((sum, { seconds, rounds: most, runs }) => {
      const able = contenders.filter((contender) => runs(contender)).length;
      return sum + seconds * (quick ? 1 : FULL_FACTOR) * able * Math.min(count, most);
    }, 0);
  const budget = BUDGETS[quick ? 'quick' : 'full'].probes;
  let count = rounds;
  while (count > 1 && secondsOf(count) > budget) count--;
  return count;
}
