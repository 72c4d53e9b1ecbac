/** Measures one cell: starts every contender, warms each up, and lets them run in turns. */
import type { Contender } from './brokers.js';
import type { Cell } from './cells.js';
import { ContenderRun, type Failure, type Round, type Times } from './contender-run.js';
import type { LoadFleet } from './fleet.js';

export { type Failure, failed, type Round } from './contender-run.js';

/** What of a contender's time in a cell goes to starting, connecting and stopping. */
const OVERHEAD_SECONDS = 0.7;
const SHORTEST_RUN_SECONDS = 0.15;
const LONGEST_RUN_SECONDS = 1.5;

export interface Plan extends Times {
  readonly rounds: number;
}

/**
 * How long runs may be for all of it to take about `budgetSeconds`. Beside the runs that count and one to warm up, every
 * contender of every cell is started, connected to and stopped.
 */
export function planFor(
  cells: readonly Cell[],
  contenders: readonly Contender[],
  rounds: number,
  budgetSeconds: number,
): Plan {
  const turns = cells.reduce((sum, cell) => sum + contenders.filter(({ runs }) => runs(cell)).length, 0);
  const each = budgetSeconds / Math.max(1, turns) - OVERHEAD_SECONDS;
  const runSeconds = Math.min(LONGEST_RUN_SECONDS, Math.max(SHORTEST_RUN_SECONDS, each / (rounds + 1)));
  return { rounds, runSeconds, warmUpSeconds: runSeconds / 2 };
}

/** Of one contender in one cell. */
export interface Result {
  readonly contender: string;
  /** In the order they ran; the rounds of all contenders alternate. */
  readonly rounds: readonly (Round | Failure)[];
  /** Most resident memory over the whole cell, warm-up included, in bytes. */
  readonly peakBytes?: number;
}

export interface CellResult {
  readonly cell: Cell;
  /** In the order of the contenders; those that cannot run the cell are left out. */
  readonly results: readonly Result[];
}

/** One contender's turns in one cell. */
interface Turns {
  readonly seat: ContenderRun;
  readonly rounds: (Round | Failure)[];
  /** What makes a run of the intended length; undefined where it failed before that was known. */
  blocks?: number;
}

/** Never rejects for what a broker does: a failed run is a `Failure` in its place. */
export async function measure(
  cell: Cell,
  contenders: readonly Contender[],
  plan: Plan,
  fleet: LoadFleet,
  nodeFlags: readonly string[] = [],
): Promise<CellResult> {
  const able = contenders.filter(({ runs }) => runs(cell));
  const all = able.map(
    (contender): Turns => ({ seat: new ContenderRun(contender, fleet, cell, nodeFlags), rounds: [] }),
  );
  try {
    for (const turns of all) {
      const blocks = await turns.seat.warmUp(cell, plan);
      if (typeof blocks === 'number') turns.blocks = blocks;
      else turns.rounds.push(blocks);
    }
    for (let round = 0; round < plan.rounds; round++) {
      for (const { seat, rounds, blocks } of all) {
        if (blocks !== undefined) rounds.push(await seat.run(cell, blocks, plan));
      }
    }
  } finally {
    for (const { seat } of all) await seat.close();
  }
  return { cell, results: all.map(resultOf) };
}

function resultOf({ seat, rounds }: Turns): Result {
  const { contender, peakBytes } = seat;
  return { contender: contender.name, rounds, ...(peakBytes !== undefined && { peakBytes }) };
}
