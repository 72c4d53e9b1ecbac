/** What a probe is: one measurement that is no plain throughput, made one round on one broker at a time. */
import type { Contender, RunningBroker } from '../brokers.js';
import type { Failure, Figure, Group } from '../figures.js';

export type Size = 'quick' | 'full';

/** One quantity of one round on one contender. */
export interface ProbeFigure extends Omit<Figure, 'samples' | 'group' | 'title'> {
  readonly value: number | Failure;
}

export interface Probe {
  /** Unique: `replies-10`. The ids of its figures begin with it. */
  readonly id: string;
  readonly group: Group;
  /** For people: `10 pairs, 16 B`. */
  readonly title: string;
  /** About how long one round takes on one contender in quick size, in seconds. */
  readonly seconds: number;
  /** The most rounds that are worth their time; further ones are not run. */
  readonly rounds: number;
  runs(contender: Contender): boolean;
  /**
   * One round: starts a broker of its own and stops it. Never rejects for what a broker does: what could not be measured
   * is a `Failure` in its figure.
   */
  measure(contender: Contender, size: Size): Promise<readonly ProbeFigure[]>;
}

/** What a quantity of a probe is, apart from its value. */
export interface Quantity extends Omit<Figure, 'id' | 'samples' | 'group' | 'title' | 'notes'> {
  /** The second half of the figure's id. */
  readonly key: string;
}

/** Where a round leaves what it has measured; what it has left stands even if it fails later. */
export interface Round {
  readonly contender: Contender;
  readonly size: Size;
  /** Undefined where the platform does not say: a failure. */
  put(key: string, value: number | undefined): void;
  /** Something that a reader of this figure, or of all of them, should know, a sentence. The same one is told once. */
  note(text: string, key?: string): void;
}

export interface ProbeOptions extends Pick<Probe, 'id' | 'group' | 'title' | 'seconds' | 'rounds'> {
  /** All that a round must leave. */
  readonly quantities: (size: Size) => readonly Quantity[];
  /** Default: every broker of the NATS protocol. */
  readonly runs?: Probe['runs'];
  readonly round: (round: Round) => Promise<void>;
}

/** Brokers that speak the NATS protocol, and are no mere relay of it. */
export function speaksNats({ renderings }: Contender): boolean {
  return renderings.nats === 'nats';
}

/** A probe from what makes it different from others. */
export function probe({ quantities, round, runs = speaksNats, ...rest }: ProbeOptions): Probe {
  const { id } = rest;
  return {
    ...rest,
    runs,
    measure: async (contender, size) => {
      const values = new Map<string, number | Failure>();
      const notes: { readonly text: string; readonly key: string | undefined }[] = [];
      let missing = 'it was not measured';
      try {
        await round({
          contender,
          size,
          put: (key, value) => values.set(key, value ?? { failure: 'this platform does not say' }),
          note: (text, key) => notes.push({ text, key }),
        });
      } catch (error) {
        missing = reasonOf(error);
      }
      return quantities(size).map(({ key, ...quantity }) => {
        const told = notes.filter((note) => note.key === undefined || note.key === key);
        return {
          ...quantity,
          id: `${id} ${key}`,
          value: values.get(key) ?? { failure: missing },
          ...(told.length > 0 && { notes: [...new Set(told.map(({ text }) => text))] }),
        };
      });
    },
  };
}

/** What went wrong, for people. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * `work` with a broker that is stopped afterwards. Rejects with what went wrong, and with what was wrong with the broker
 * where it had died.
 */
export async function withBroker<T>(
  starting: Promise<RunningBroker>,
  work: (broker: RunningBroker) => Promise<T>,
): Promise<T> {
  const broker = await starting;
  let result: T;
  try {
    result = await work(broker);
  } catch (error) {
    const died = await broker.stop().then(
      () => '',
      (why: unknown) => `; ${reasonOf(why)}`,
    );
    throw new Error(reasonOf(error) + died);
  }
  await broker.stop();
  return result;
}
