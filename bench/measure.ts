/** Measures one cell: starts every contender, warms each up, and lets them run in turns. */
import { type Contender, type RunningBroker, start } from './brokers.js';
import { type Cell, fanOut } from './cells.js';
import type { LoadFleet } from './fleet.js';
import { framesPerBlock } from './frames.js';
import { cpuSeconds, machineBusySeconds, peakBytes } from './procfs.js';

/** A run that takes this many times its intended length, and a floor for it, has failed. */
const DEADLINE_FACTOR = 10;
const MIN_DEADLINE_MS = 10_000;
/** Warm-up runs get longer by at most this much a step, as early ones say little about later ones. */
const GROWTH = 8;

export interface Plan {
  readonly rounds: number;
  /** Intended length of one measured run. */
  readonly runSeconds: number;
  /** A contender is warm when a run has taken this long. */
  readonly warmUpSeconds: number;
}

/** One measured run. Absent figures are not known on this platform. */
export interface Round {
  readonly seconds: number;
  readonly published: number;
  readonly delivered: number;
  readonly cpuSeconds?: number;
  readonly loadBusy: number;
  /** Cores that processes other than the broker and the load kept busy meanwhile, on average. */
  readonly othersBusyCores?: number;
  /** Cores that the host of this virtual machine kept for others meanwhile, on average. */
  readonly stolenCores?: number;
  readonly verified: number;
}

export interface Failure {
  readonly failure: string;
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

export function failed(round: Round | Failure): round is Failure {
  return 'failure' in round;
}

/** CPU time so far, in seconds; absent where the platform does not say. */
interface Clocks {
  readonly broker?: number | undefined;
  readonly machine?: number | undefined;
}

function clocks(pid: number): Clocks {
  return { broker: cpuSeconds(pid), machine: machineBusySeconds() };
}

function elapsed(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined ? undefined : after - before;
}

/** One contender's turns in one cell: keeps its broker running, and starts another if a run has failed. */
class Turns {
  readonly rounds: (Round | Failure)[] = [];
  readonly #contender: Contender;
  readonly #cell: Cell;
  readonly #plan: Plan;
  readonly #fleet: LoadFleet;
  readonly #nodeFlags: readonly string[];
  #broker: RunningBroker | undefined;
  #blocks = 0;
  #peakBytes: number | undefined;

  constructor(contender: Contender, cell: Cell, plan: Plan, fleet: LoadFleet, nodeFlags: readonly string[]) {
    this.#contender = contender;
    this.#cell = cell;
    this.#plan = plan;
    this.#fleet = fleet;
    this.#nodeFlags = nodeFlags;
  }

  /** Finds how much load makes a run of the intended length. */
  async warmUp(): Promise<Failure | undefined> {
    const { warmUpSeconds, runSeconds } = this.#plan;
    let blocks = 1;
    for (;;) {
      const round = await this.#once(blocks);
      if (failed(round)) return round;
      this.#blocks = Math.max(1, Math.round((blocks * runSeconds) / round.seconds));
      if (round.seconds >= warmUpSeconds) return undefined;
      const wanted = Math.ceil((blocks * warmUpSeconds * 1.2) / round.seconds);
      blocks = Math.min(wanted, blocks * GROWTH);
    }
  }

  async turn(): Promise<void> {
    this.rounds.push(await this.#once(this.#blocks));
  }

  async #once(blocks: number): Promise<Round | Failure> {
    try {
      this.#broker ??= await start(this.#contender, this.#nodeFlags);
      const { pid, ports } = this.#broker;
      let before: Clocks = {};
      let after: Clocks = {};
      const deadlineMs = Math.max(MIN_DEADLINE_MS, DEADLINE_FACTOR * this.#plan.runSeconds * 1000);
      const target = { ports, rendering: this.#contender.natsRendering };
      const { loadCpuSeconds, ...times } = await this.#fleet.run(this.#cell, target, blocks, deadlineMs, {
        before: () => {
          before = clocks(pid);
        },
        after: () => {
          after = clocks(pid);
        },
      });
      this.#notePeak();
      const published = blocks * framesPerBlock(this.#cell) * this.#cell.publishers;
      const delivered = published * fanOut(this.#cell);
      const cpu = elapsed(before.broker, after.broker);
      const machine = elapsed(before.machine, after.machine);
      const others = machine === undefined || cpu === undefined ? undefined : machine - cpu - loadCpuSeconds;
      return {
        ...times,
        published,
        delivered,
        ...(cpu !== undefined && { cpuSeconds: cpu }),
        ...(others !== undefined && { othersBusyCores: Math.max(0, others / times.seconds) }),
      };
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      const died = await this.close();
      return { failure: died === undefined ? failure : `${failure}; ${died}` };
    }
  }

  #notePeak(): void {
    const now = this.#broker && peakBytes(this.#broker.pid);
    if (now !== undefined) this.#peakBytes = Math.max(now, this.#peakBytes ?? 0);
  }

  result(): Result {
    return {
      contender: this.#contender.name,
      rounds: this.rounds,
      ...(this.#peakBytes !== undefined && { peakBytes: this.#peakBytes }),
    };
  }

  /** Stops its broker. Resolves to what was wrong with it, if it was not running any more. */
  async close(): Promise<string | undefined> {
    const broker = this.#broker;
    this.#broker = undefined;
    try {
      await broker?.stop();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
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
  const all = able.map((contender) => new Turns(contender, cell, plan, fleet, nodeFlags));
  try {
    const ready: Turns[] = [];
    for (const turns of all) {
      const failure = await turns.warmUp();
      if (failure === undefined) ready.push(turns);
      else turns.rounds.push(failure);
    }
    for (let round = 0; round < plan.rounds; round++) {
      for (const turns of ready) await turns.turn();
    }
  } finally {
    for (const turns of all) await turns.close();
  }
  return { cell, results: all.map((turns) => turns.result()) };
}
