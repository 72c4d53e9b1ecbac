import { crc32 } from 'node:zlib';
import type { ConsumerState, JournaledState, PendingState } from '../storage.js';

/*
 * A record of a consumer's journal: numbers, eight bytes each.
 *
 *   0       4       8
 *   length  CRC-32  kind  delivered (2)  ack floor (2)  changed, gone, deliveries changed, gone: a count and that many of
 *
 * A message that is pending is four numbers, deliveries are two. A snapshot has all there is, where that is much together with the
 * changes that follow it; a change has what is different. What is gone has no deliveries
 * either, nor has what is pending.
 */
const HEAD_BYTES = 8;
const NUMBER_BYTES = 8;
const SNAPSHOT = 1;
const CHANGE = 2;
/** Entries in one record of a snapshot. */
const PART_ENTRIES = 4_096;

type Place = ConsumerState['delivered'];

/** Size in bytes of all there is, in one snapshot. */
export function snapshotBytes({ entries }: JournaledState): number {
  return HEAD_BYTES + NUMBER_BYTES * (9 + entries * 4);
}

/** A record of what has changed since the last one. */
export function changeOf(state: JournaledState): Buffer {
  return recordOf(CHANGE, state, state.takeChanged());
}

/** Records of all there is, each of a limited number of entries. It may change between two of them: what does is in the next change. */
export function* snapshotOf(state: JournaledState): Generator<Buffer, void, void> {
  state.takeChanged();
  let kind = SNAPSHOT;
  let part: number[] = [];
  for (const sequence of state.sequences()) {
    part.push(sequence);
    if (part.length < PART_ENTRIES) continue;
    yield recordOf(kind, state, part);
    kind = CHANGE;
    part = [];
  }
  yield recordOf(kind, state, part);
}

function recordOf(kind: number, state: JournaledState, sequences: Iterable<number>): Buffer {
  const changed: number[] = [];
  const gone: number[] = [];
  const recounted: number[] = [];
  for (const sequence of sequences) {
    const pending = state.pendingOf(sequence);
    if (pending !== undefined) changed.push(sequence, pending.consumer, pending.at, pending.deliveries);
    else {
      gone.push(sequence);
      const count = state.countOf(sequence);
      if (count !== undefined) recounted.push(sequence, count);
    }
  }
  return record(kind, state, changed, gone, recounted, []);
}

/** The state that a journal comes to. */
export class JournalState {
  private delivered: Place = { consumer: 0, stream: 0 };
  private ackFloor: Place = { consumer: 0, stream: 0 };
  private pending = new Map<number, PendingState>();
  private deliveries = new Map<number, number>();

  /** The state as it is here. */
  get state(): ConsumerState {
    const { delivered, ackFloor, pending, deliveries } = this;
    return { delivered, ackFloor, pending, deliveries };
  }

  /**
   * Takes the records of a journal, up to the first one that is not whole.
   * @returns whether there is a state
   */
  replay(bytes: Buffer): boolean {
    let isThere = false;
    for (let at = 0; at + HEAD_BYTES <= bytes.length; ) {
      const end = at + bytes.readUInt32LE(at);
      if (end <= at + HEAD_BYTES || end > bytes.length) break;
      if (crc32(bytes.subarray(at + HEAD_BYTES, end)) !== bytes.readUInt32LE(at + 4)) break;
      isThere = this.apply(bytes.subarray(at + HEAD_BYTES, end)) || isThere;
      at = end;
    }
    return isThere;
  }

  private apply(bytes: Buffer): boolean {
    let at = 0;
    const next = (): number => {
      at += NUMBER_BYTES;
      return bytes.readDoubleLE(at - NUMBER_BYTES);
    };
    const list = (): number[] => Array.from({ length: next() }, next);
    if (next() === SNAPSHOT) {
      this.pending.clear();
      this.deliveries.clear();
    }
    const delivered = { consumer: next(), stream: next() };
    this.setPlaces(delivered, { consumer: next(), stream: next() });
    const changed = list();
    for (let i = 0; i < changed.length; i += 4) {
      const [sequence = 0, consumer = 0, when = 0, deliveries = 0] = changed.slice(i, i + 4);
      this.pending.set(sequence, { consumer, at: when, deliveries });
      this.deliveries.delete(sequence);
    }
    for (const sequence of list()) {
      this.pending.delete(sequence);
      this.deliveries.delete(sequence);
    }
    const recounted = list();
    for (let i = 0; i < recounted.length; i += 2)
      this.deliveries.set(recounted[i] ?? 0, recounted[i + 1] ?? 0);
    for (const sequence of list()) this.deliveries.delete(sequence);
    return true;
  }

  /** Nothing of it is beyond `last`, the last sequence of the stream: what a crash undid has not been delivered. */
  limitTo(last: number): void {
    const { delivered, ackFloor } = this;
    for (const sequence of [...this.pending.keys()]) if (sequence > last) this.pending.delete(sequence);
    for (const sequence of [...this.deliveries.keys()]) if (sequence > last) this.deliveries.delete(sequence);
    this.setPlaces(
      { consumer: delivered.consumer, stream: Math.min(last, delivered.stream) },
      { consumer: ackFloor.consumer, stream: Math.min(last, ackFloor.stream) },
    );
  }

  private setPlaces(delivered: Place, ackFloor: Place): void {
    this.delivered = { consumer: delivered.consumer, stream: delivered.stream };
    this.ackFloor = { consumer: ackFloor.consumer, stream: ackFloor.stream };
  }
}

function record(
  kind: number,
  { delivered, ackFloor }: JournaledState,
  ...lists: readonly (readonly number[])[]
): Buffer {
  const places = [delivered.consumer, delivered.stream, ackFloor.consumer, ackFloor.stream];
  const count = 1 + places.length + lists.reduce((sum, { length }) => sum + 1 + length, 0);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + count * NUMBER_BYTES);
  let at = bytes.writeUInt32LE(bytes.length);
  at = bytes.writeUInt32LE(0, at);
  for (const number of [kind, ...places]) at = bytes.writeDoubleLE(number, at);
  for (const list of lists) {
    at = bytes.writeDoubleLE(list.length, at);
    for (const number of list) at = bytes.writeDoubleLE(number, at);
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(HEAD_BYTES)), 4);
  return bytes;
}
