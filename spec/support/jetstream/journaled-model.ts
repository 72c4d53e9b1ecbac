import type { ConsumerState, JournaledState, PendingState } from '../../../lib/jetstream/store/storage.js';

const START = { consumer: 0, stream: 0 };

/** A state for a journal that is replaced as a whole. */
export class JournaledModel implements JournaledState {
  state: ConsumerState = { delivered: START, ackFloor: START, pending: new Map(), deliveries: new Map() };
  /** How often it was asked for what has changed, and for single entries. */
  asked = 0;
  looked = 0;
  private changed = new Set<number>();

  become(next: ConsumerState): this {
    const entries = (map: ReadonlyMap<number, unknown>) =>
      [...map].map(([key, value]) => `${key} ${JSON.stringify(value)}`);
    const all = ({ pending, deliveries }: ConsumerState) => [
      ...entries(pending).map((entry) => `pending ${entry}`),
      ...entries(deliveries).map((entry) => `count ${entry}`),
    ];
    const before = new Set(all(this.state));
    const after = new Set(all(next));
    for (const entry of [...before, ...after])
      if (!before.has(entry) || !after.has(entry)) this.changed.add(Number(entry.split(' ')[1]));
    this.state = next;
    return this;
  }

  /** Entries of these have changed. */
  note(...sequences: readonly number[]): void {
    for (const sequence of sequences) this.changed.add(sequence);
  }

  get delivered(): ConsumerState['delivered'] {
    return this.state.delivered;
  }

  get ackFloor(): ConsumerState['ackFloor'] {
    return this.state.ackFloor;
  }

  get entries(): number {
    return this.state.pending.size + this.state.deliveries.size;
  }

  takeChanged(): Iterable<number> {
    this.asked++;
    const { changed } = this;
    this.changed = new Set();
    return changed;
  }

  *sequences(): Iterable<number> {
    yield* this.state.pending.keys();
    for (const sequence of this.state.deliveries.keys())
      if (!this.state.pending.has(sequence)) yield sequence;
  }

  pendingOf(sequence: number): PendingState | undefined {
    this.looked++;
    return this.state.pending.get(sequence);
  }

  countOf(sequence: number): number | undefined {
    return this.state.deliveries.get(sequence);
  }
}
