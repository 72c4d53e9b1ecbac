/** How throughput grows with what a broker has to do: subscribers, subjects, bytes, and connections that do nothing. */
import type { Contender } from './brokers.js';
import { type Cell, cellOf, shapeOf } from './cells.js';
import { ContenderRun, failed, type Round } from './contender-run.js';
import type { Curve } from './figures.js';
import type { LoadFleet } from './fleet.js';
import { Idlers } from './idlers.js';

const B16 = 16;
/** A run gets longer by at most this much a step, until it is long enough. */
const GROWTH = 8;
/** So much of the time of a point goes to the run that counts; the rest to connecting and to shorter runs before it. */
const COUNTING_SHARE = 0.4;
const LONGEST_RUN_SECONDS = 0.6;

/** One sweep: the same traffic with one quantity growing, and what is plotted of it. */
interface Sweep {
  readonly x: string;
  /** Ascending. */
  readonly points: readonly number[];
  cell(x: number): Cell;
  /** Connections with a subscription each that are open beside the load. */
  idle?(x: number): number;
  readonly plots: readonly {
    readonly id: string;
    readonly title: string;
    readonly y: string;
    value(round: Round): number;
    readonly theory: string;
  }[];
}

const published = ({ published, seconds }: Round): number => published / seconds;
const delivered = ({ delivered, seconds }: Round): number => delivered / seconds;

const SWEEPS: readonly Sweep[] = [
  {
    x: 'subscribers',
    points: [1, 3, 10, 30, 100, 300, 1000],
    cell: (x) => cellOf(shapeOf('fan-out', 1, x), B16, 1),
    plots: [
      {
        id: 'growth-subscribers-delivered',
        title: 'Messages delivered, by number of subscribers (16 B)',
        y: 'delivered/s',
        value: delivered,
        theory:
          'What is done once a message is shared by more and more copies, so deliveries rise until copying alone fills the ' +
          'time, and stay there.',
      },
      {
        id: 'growth-subscribers-published',
        title: 'Messages published, by number of subscribers (16 B)',
        y: 'messages/s',
        value: published,
        theory:
          'Once copies cost more than reading the message, the rate falls as the number of subscribers grows: ten times the ' +
          'subscribers, a tenth of the rate.',
      },
    ],
  },
  {
    x: 'subjects',
    points: [1, 10, 100, 1000, 10_000, 100_000, 1_000_000],
    cell: (x) =>
      cellOf(shapeOf('subjects', 1, 1, { name: `subjects${x}`, subjects: x, cycles: true }), B16, 1),
    plots: [
      {
        id: 'growth-subjects',
        title: 'Messages on ever more subjects, each message on the next (16 B, one wildcard subscriber)',
        y: 'messages/s',
        value: published,
        theory:
          'Looking a subject up takes time by its length, not by how many there are; a step down shows where subjects no ' +
          'longer fit the cache of what was looked up before.',
      },
    ],
  },
  {
    x: 'payload, bytes',
    points: [16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144],
    cell: (x) => cellOf(shapeOf('throughput', 1, 1), x, 1),
    plots: [
      {
        id: 'growth-size',
        title: 'Messages by size (1→1)',
        y: 'messages/s',
        value: published,
        theory:
          'A message costs a constant and every byte of it a little: level while the constant is more, then falling as the ' +
          'size grows, at a constant number of bytes/s.',
      },
    ],
  },
  {
    x: 'idle connections',
    points: [1, 10, 100, 1000, 10_000],
    cell: () => cellOf(shapeOf('connections', 1, 1), B16, 1),
    idle: (x) => x,
    plots: [
      {
        id: 'growth-idle',
        title: 'Messages between two clients (16 B), by number of others, idle with a subscription each',
        y: 'messages/s',
        value: published,
        theory:
          'Neither a connection without traffic nor a subscription that does not match is looked at: level.',
      },
    ],
  },
];

/** The ids of the curves, in their order. */
export const GROWTH_CURVES: readonly string[] = SWEEPS.flatMap(({ plots }) => plots.map(({ id }) => id));

/**
 * Takes about `budgetSeconds`; both axes are logarithmic. A contender's line ends where a run of it fails, of which `note` is
 * told; one that cannot run the traffic has none.
 */
export async function growthCurves(
  contenders: readonly Contender[],
  fleet: LoadFleet,
  budgetSeconds: number,
  note: (text: string) => void = () => {},
): Promise<readonly Curve[]> {
  const plans = SWEEPS.map((sweep) => ({
    sweep,
    able: contenders.filter((contender) => runs(contender, sweep)),
  }));
  const points = plans.reduce((sum, { sweep, able }) => sum + sweep.points.length * able.length, 0);
  const runSeconds = Math.min(LONGEST_RUN_SECONDS, (budgetSeconds / Math.max(1, points)) * COUNTING_SHARE);
  const curves: Curve[] = [];
  for (const { sweep, able } of plans) curves.push(...(await curvesOf(sweep, able, fleet, runSeconds, note)));
  return curves;
}

/** The relay sends everything to every subscriber: to it nobody who has subscribed is idle. */
function runs(contender: Contender, { cell, idle }: Sweep): boolean {
  return contender.runs(cell(1)) && (idle === undefined || contender.renderings.nats !== 'verbatim');
}

async function curvesOf(
  sweep: Sweep,
  contenders: readonly Contender[],
  fleet: LoadFleet,
  runSeconds: number,
  note: (text: string) => void,
): Promise<readonly Curve[]> {
  const runners = contenders.map((contender) => new Runner(contender, fleet));
  try {
    for (const x of sweep.points) {
      for (const runner of runners) {
        const failure = await runner.take(sweep, x, runSeconds);
        if (failure !== undefined) note(`${runner.name}, ${x} ${sweep.x}: ${failure}`);
      }
    }
  } finally {
    for (const runner of runners) await runner.close();
  }
  return sweep.plots.map(({ id, title, y, value, theory }) => ({
    id,
    title,
    x: { label: sweep.x, scale: 'log' },
    y: { label: y, scale: 'log' },
    lines: Object.fromEntries(
      runners.map(({ name, rounds }) => [name, rounds.map(([x, round]) => [x, value(round)] as const)]),
    ),
    theory,
  }));
}

/** One contender on its way through a sweep, with the same broker all the way. */
class Runner {
  readonly name: string;
  readonly rounds: (readonly [x: number, round: Round])[] = [];
  private readonly seat: ContenderRun;
  private idlers: Idlers | undefined;
  private ended = false;

  constructor(contender: Contender, fleet: LoadFleet) {
    this.name = contender.name;
    this.seat = new ContenderRun(contender, fleet);
  }

  /** Resolves to why it failed. After that it takes part no more. */
  async take({ cell, idle, points }: Sweep, x: number, runSeconds: number): Promise<string | undefined> {
    if (this.ended) return undefined;
    try {
      if (idle !== undefined) await this.idle(idle(x));
      if (x === points[0]) await this.longRun(cell(x), runSeconds); // its first run makes it warm
      this.rounds.push([x, await this.longRun(cell(x), runSeconds)]);
      if (x === points.at(-1)) this.idlers?.close(); // leaves the file descriptors to the next
      return undefined;
    } catch (error) {
      this.ended = true;
      return error instanceof Error ? error.message : String(error);
    }
  }

  private async idle(count: number): Promise<void> {
    const { ports } = await this.seat.broker();
    this.idlers ??= new Idlers(ports.nats);
    await this.idlers.grow(count);
  }

  /** Ever longer runs; the first that is long enough is the one that counts. */
  private async longRun(cell: Cell, runSeconds: number): Promise<Round> {
    const times = { runSeconds, warmUpSeconds: runSeconds };
    for (let blocks = 1; ; ) {
      const round = await this.seat.run(cell, blocks, times);
      if (failed(round)) throw new Error(round.failure);
      if (round.seconds >= runSeconds) return round;
      const wanted = Math.ceil((blocks * runSeconds * 1.2) / round.seconds);
      blocks = Math.min(wanted, blocks * GROWTH);
    }
  }

  async close(): Promise<void> {
    this.idlers?.close();
    await this.seat.close();
  }
}
