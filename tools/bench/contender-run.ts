/** One contender with its broker: runs of load against it, one after the other, and what each took. */
import { type Contender, type RunningBroker, start } from './brokers.js';
import { type Cell, fanOut, type Shape } from './cells.js';
import type { LoadFleet } from './fleet.js';
import { messagesOf } from './frames.js';
import { cpuSeconds, machineTimes, peakBytes } from './procfs.js';

/** A run that takes this many times its intended length, and a floor for it, has failed. */
const DEADLINE_FACTOR = 10;
const MIN_DEADLINE_MS = 15_000;
/** Warm-up runs get longer by at most this much a step, as early ones say little about later ones. */
const GROWTH = 8;

export interface Times {
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
  /** Of two servers: what each of them used of that. */
  readonly split?: { readonly publishing: number; readonly receiving: number };
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

export function failed<T extends object>(round: T | Failure): round is Failure {
  return 'failure' in round;
}

export class ContenderRun {
  readonly contender: Contender;
  private readonly fleet: LoadFleet;
  private readonly shape: Pick<Shape, 'carrier' | 'link'>;
  private readonly nodeFlags: readonly string[];
  private runningBroker: RunningBroker | undefined;
  private highestPeakBytes: number | undefined;

  /** The broker is started when first needed, and again after a run has failed. `shape`: what it has to be ready for. */
  constructor(
    contender: Contender,
    fleet: LoadFleet,
    shape: Pick<Shape, 'carrier' | 'link'> = { carrier: 'tcp', link: 'none' },
    nodeFlags: readonly string[] = [],
  ) {
    this.contender = contender;
    this.fleet = fleet;
    this.shape = shape;
    this.nodeFlags = nodeFlags;
  }

  /** Most resident memory of its brokers so far, in bytes; undefined where the platform does not say. */
  get peakBytes(): number | undefined {
    return this.highestPeakBytes;
  }

  async broker(): Promise<RunningBroker> {
    const { contender, nodeFlags, shape } = this;
    this.runningBroker ??= await (contender.startAll?.(shape.link, nodeFlags) ??
      start(contender, nodeFlags, shape.carrier));
    return this.runningBroker;
  }

  /** Finds how many blocks a publisher must write to make a run of the intended length. */
  async warmUp(cell: Cell, times: Times): Promise<number | Failure> {
    const { warmUpSeconds, runSeconds } = times;
    let blocks = 1;
    for (;;) {
      const round = await this.run(cell, blocks, times);
      if (failed(round)) return round;
      const enough = Math.max(1, Math.round((blocks * runSeconds) / round.seconds));
      if (round.seconds >= warmUpSeconds) return enough;
      const wanted = Math.ceil((blocks * warmUpSeconds * 1.2) / round.seconds);
      blocks = Math.min(wanted, blocks * GROWTH);
    }
  }

  /** Never rejects for what a broker does. */
  async run(cell: Cell, blocks: number, { runSeconds }: Times): Promise<Round | Failure> {
    try {
      const broker = await this.broker();
      const rendering = this.contender.renderings[cell.dialect];
      if (rendering === undefined) throw new Error(`${this.contender.name} does not speak ${cell.dialect}`);
      const deadlineMs = Math.max(MIN_DEADLINE_MS, DEADLINE_FACTOR * runSeconds * 1000);
      let before: Clocks = {};
      let after: Clocks = {};
      const { loadCpuSeconds, ...times } = await this.fleet.run(
        cell,
        {
          ports: broker.publishing?.ports ?? broker.ports,
          receivingPorts: broker.receiving?.ports ?? broker.ports,
          rendering,
          publishRendering: broker.publishing?.rendering ?? rendering,
        },
        blocks,
        deadlineMs,
        {
          before: async () => {
            await broker.interestArrived?.();
            before = clocks(broker);
          },
          after: () => {
            after = clocks(broker);
          },
        },
      );
      if (cell.subscribers > 0 && times.verified === 0) throw new Error('not one message was compared');
      this.notePeak(broker);
      const published = messagesOf(cell, blocks);
      const own = elapsed(before.broker, after.broker);
      const receiving = elapsed(before.receiving, after.receiving);
      const cpu = own === undefined || receiving === undefined ? own : own + receiving;
      const others = cpu === undefined ? undefined : elapsed(before.busy, after.busy, cpu + loadCpuSeconds);
      const stolen = elapsed(before.stolen, after.stolen);
      return {
        ...times,
        published,
        delivered: published * fanOut(cell),
        ...(cpu !== undefined && { cpuSeconds: cpu }),
        ...(own !== undefined && receiving !== undefined && { split: { publishing: own, receiving } }),
        ...(others !== undefined && { othersBusyCores: Math.max(0, others / times.seconds) }),
        ...(stolen !== undefined && { stolenCores: stolen / times.seconds }),
      };
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      const died = await this.close();
      return { failure: died === undefined ? failure : `${failure}; ${died}` };
    }
  }

  private notePeak({ pid, receiving }: RunningBroker): void {
    const [first, second] = [peakBytes(pid), receiving === undefined ? 0 : peakBytes(receiving.pid)];
    const now = first === undefined || second === undefined ? undefined : first + second;
    if (now !== undefined) this.highestPeakBytes = Math.max(now, this.highestPeakBytes ?? 0);
  }

  /** Stops its broker. Resolves to what was wrong with it, if it was not running any more. */
  async close(): Promise<string | undefined> {
    const broker = this.runningBroker;
    this.runningBroker = undefined;
    try {
      await broker?.stop();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

/** CPU time so far, in seconds; absent where the platform does not say. */
interface Clocks {
  readonly broker?: number | undefined;
  /** Of the server that the subscribers are at, if it is another one. */
  readonly receiving?: number | undefined;
  readonly busy?: number | undefined;
  readonly stolen?: number | undefined;
}

function clocks({ pid, receiving }: RunningBroker): Clocks {
  return {
    broker: cpuSeconds(pid),
    receiving: receiving && cpuSeconds(receiving.pid),
    ...machineTimes(),
  };
}

function elapsed(before: number | undefined, after: number | undefined, less = 0): number | undefined {
  return before === undefined || after === undefined ? undefined : after - before - less;
}
