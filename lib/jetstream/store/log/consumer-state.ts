import { crc32 } from 'node:zlib';
import type { ConsumerState } from '../storage.js';

/*
 * A record of a consumer's journal: numbers, eight bytes each.
 *
 *   0       4       8
 *   length  CRC-32  kind  delivered (2)  ack floor (2)  changed, gone, deliveries changed, gone: a count and that many of
 *
 * A message that is pending is four numbers, deliveries are two. A snapshot has all there is, a change what is different.
 */
const HEAD_BYTES = 8;
const NUMBER_BYTES = 8;
const SNAPSHOT = 1;
const CHANGE = 2;

interface Pending {
  readonly consumer: number;
  readonly at: number;
  readonly deliveries: number;
}

type Place = ConsumerState['delivered'];

/** The state that a journal comes to, and what is to be written for another one. */
export class JournalState {
  private delivered: Place = { consumer: 0, stream: 0 };
  private ackFloor: Place = { consumer: 0, stream: 0 };
  private pending = new Map<number, Pending>();
  private deliveries = new Map<number, number>();

  /** Size in bytes of a snapshot. */
  get snapshotBytes(): number {
    return HEAD_BYTES + NUMBER_BYTES * (9 + this.pending.size * 4 + this.deliveries.size * 2);
  }

  /** How much there is to compare, in entries. */
  get size(): number {
    return this.pending.size + this.deliveries.size;
  }

  /** The state as it is here. */
  get state(): ConsumerState {
    const { delivered, ackFloor, pending, deliveries } = this;
    return { delivered, ackFloor, pending, deliveries };
  }

  /** Takes a new state; returns the record that leads to it from the one before. */
  change(next: ConsumerState): Buffer {
    const changed: number[] = [];
    const gone: number[] = [];
    for (const [sequence, { consumer, at, deliveries }] of next.pending) {
      const before = this.pending.get(sequence);
      if (before?.consumer === consumer && before.at === at && before.deliveries === deliveries) continue;
      changed.push(sequence, consumer, at, deliveries);
      this.pending.set(sequence, { consumer, at, deliveries });
    }
    for (const sequence of this.pending.keys()) if (!next.pending.has(sequence)) gone.push(sequence);
    for (const sequence of gone) this.pending.delete(sequence);
    const recounted: number[] = [];
    const uncounted: number[] = [];
    for (const [sequence, count] of next.deliveries) {
      if (this.deliveries.get(sequence) === count) continue;
      recounted.push(sequence, count);
      this.deliveries.set(sequence, count);
    }
    for (const sequence of this.deliveries.keys())
      if (!next.deliveries.has(sequence)) uncounted.push(sequence);
    for (const sequence of uncounted) this.deliveries.delete(sequence);
    this.setPlaces(next.delivered, next.ackFloor);
    return this.record(CHANGE, changed, gone, recounted, uncounted);
  }

  /** A record of all there is. */
  snapshot(): Buffer {
    const changed: number[] = [];
    for (const [sequence, { consumer, at, deliveries }] of this.pending)
      changed.push(sequence, consumer, at, deliveries);
    return this.record(SNAPSHOT, changed, [], [...this.deliveries].flat(), []);
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
    }
    for (const sequence of list()) this.pending.delete(sequence);
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

  private record(kind: number, ...lists: readonly (readonly number[])[]): Buffer {
    const { delivered, ackFloor } = this;
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
}
