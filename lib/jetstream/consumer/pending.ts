import type { Steps } from '../../domain/steps.js';
import { Deadlines, type Due } from '../deadlines.js';
import type { ConsumerState, JournaledState, PendingState } from '../store/storage.js';
import type { AckTerms } from './ack-terms.js';
import { SequenceQueue } from './sequence-queue.js';

/** Where something is: among the deliveries of a consumer, and in its stream. */
export interface Position {
  readonly consumer: number;
  readonly stream: number;
}

/** A message that was delivered and is not acknowledged. It is due when it may have to be delivered again. */
export interface PendingMessage extends Due {
  readonly sequence: number;
  /** Number of its first delivery. */
  readonly consumer: number;
  /** When it was delivered last; what it waits counts from there. Unix milliseconds. */
  at: number;
}

/** Messages that are acknowledged, or become due, at once; others follow. */
const AT_ONCE = 256;

/**
 * What a consumer has delivered, what of it is acknowledged, and what is to be delivered again. A pure state machine: times are
 * given, and it sends nothing.
 */
export class PendingMessages implements JournaledState {
  terms: AckTerms;
  delivered: Position = { consumer: 0, stream: 0 };
  /** Everything up to here is acknowledged. */
  floor: Position = { consumer: 0, stream: 0 };
  /** What is to be delivered again. */
  private readonly again = new SequenceQueue();
  /** By sequence, in the order of sequences. */
  private readonly messages = new Map<number, PendingMessage>();
  private cursor = this.messages.keys();
  private lowest: number | undefined;
  /** Deliveries after the first, of what is pending or has been delivered as often as it may be. */
  private readonly redeliveries = new Map<number, number>();
  private readonly deadlines = new Deadlines<PendingMessage>();
  /** Sequences whose entries have changed since they were asked for; undefined: they were not yet. */
  private changed: Set<number> | undefined = undefined;
  /** Up to where an acknowledgement goes that is being carried out: those that are left of it wait for nothing any more. */
  private acknowledgedTo: Position | undefined = undefined;

  constructor(terms: AckTerms) {
    this.terms = terms;
  }

  get size(): number {
    return this.messages.size;
  }

  get redelivered(): number {
    return this.redeliveries.size;
  }

  /** Messages that wait to be delivered again. */
  get waiting(): number {
    return this.again.size;
  }

  /** The earliest time at which a message may have to be delivered again; Infinity: there is none. */
  get nextDue(): number {
    return this.deadlines.next;
  }

  get(sequence: number): PendingMessage | undefined {
    return this.isAcknowledged(sequence) ? undefined : this.messages.get(sequence);
  }

  /** Whether it is pending, or stays because it has been delivered as often as it may be. */
  holds(sequence: number): boolean {
    return !this.isAcknowledged(sequence) && (this.messages.has(sequence) || this.redeliveries.has(sequence));
  }

  /** How often it has been delivered. */
  deliveriesOf(sequence: number): number {
    return 1 + (this.redeliveries.get(sequence) ?? 0);
  }

  /** Begins after `sequence`. */
  begin(sequence: number): void {
    this.delivered = { consumer: 0, stream: sequence };
    this.floor = this.delivered;
  }

  /** Delivers a message for the first time; returns the number of the delivery. */
  deliver(sequence: number, now: number): number {
    const consumer = this.delivered.consumer + 1;
    this.delivered = { consumer, stream: Math.max(sequence, this.delivered.stream) };
    if (this.terms.policy === 'none') this.floor = this.delivered;
    else {
      const message: PendingMessage = { sequence, consumer, at: now, due: 0, place: -1 };
      this.messages.set(sequence, message);
      this.changed?.add(sequence);
      this.wait(message, now);
    }
    return consumer;
  }

  /** Delivers once more what is first to be; returns the number of the delivery. */
  redeliver(sequence: number, now: number): number {
    const message = this.messages.get(sequence);
    this.again.delete(sequence);
    this.redeliveries.set(sequence, this.deliveriesOf(sequence));
    this.changed?.add(sequence);
    const consumer = this.delivered.consumer + 1;
    this.delivered = { consumer, stream: this.delivered.stream };
    if (message !== undefined) {
      message.at = now;
      this.wait(message, now);
    }
    return consumer;
  }

  /** What is to be delivered again first; undefined: nothing is. */
  get nextAgain(): number | undefined {
    let { first } = this.again;
    for (; first !== undefined && this.isAcknowledged(first); { first } = this.again)
      this.again.delete(first);
    return first;
  }

  /** It was not delivered after all: it is delivered again, and that is not counted. */
  undeliver(sequence: number): void {
    if (!this.messages.has(sequence)) return;
    const redeliveries = (this.redeliveries.get(sequence) ?? 0) - 1;
    this.redeliveries.set(sequence, redeliveries);
    this.changed?.add(sequence);
    this.again.add(sequence);
  }

  /** Whether an acknowledgement of it can be right. */
  isDelivered(sequence: number): boolean {
    return sequence > 0 && sequence <= this.delivered.stream;
  }

  /**
   * Acknowledges it, and with policy `all` all before it: where those are many, `acknowledgeRest` goes on. Returns the sequences of
   * what no longer waits.
   */
  acknowledge(sequence: number, consumer: number): readonly number[] {
    const { policy } = this.terms;
    if (policy === 'none') return [];
    if (policy === 'explicit') return this.drop(sequence) === undefined ? [] : [sequence];
    if (consumer <= this.floor.consumer || sequence <= this.floor.stream) return [];
    if (this.isAcknowledged(sequence)) return [];
    this.acknowledgedTo = { consumer, stream: sequence };
    return this.acknowledgeRest();
  }

  /** Whether an acknowledgement of many messages is being carried out. */
  get isAcknowledging(): boolean {
    return this.acknowledgedTo !== undefined;
  }

  /** Goes on with it. Returns the sequences of what no longer waits. */
  acknowledgeRest(): readonly number[] {
    const { acknowledgedTo: to } = this;
    const gone: number[] = [];
    if (to === undefined) return gone;
    for (let { first } = this; gone.length < AT_ONCE; { first } = this) {
      if (first === undefined || first > to.stream) {
        this.acknowledgedTo = undefined;
        this.floor = to;
        break;
      }
      const message = this.remove(first);
      if (message !== undefined && message.consumer > this.floor.consumer)
        this.floor = { consumer: message.consumer, stream: first };
      gone.push(first);
    }
    return gone;
  }

  /** It no longer waits, for whatever reason. Returns what it was; undefined: it was not pending. */
  drop(sequence: number): PendingMessage | undefined {
    const message = this.remove(sequence);
    if (message !== undefined) this.moveFloor();
    return message;
  }

  /** It waits anew from now on. */
  progress(sequence: number, now: number): void {
    const message = this.get(sequence);
    if (message === undefined) return;
    message.at = now;
    this.changed?.add(sequence);
    this.wait(message, now);
  }

  /** It is delivered again: at once, or in `delayMs`. Returns whether it was pending. */
  refuse(sequence: number, consumer: number, delayMs: number | undefined, now: number): boolean {
    const message = this.get(sequence);
    if (message === undefined || consumer <= this.floor.consumer || consumer > this.delivered.consumer)
      return false;
    if (delayMs === undefined) this.again.add(sequence);
    else {
      this.again.delete(sequence);
      this.changed?.add(sequence);
      message.at = now + delayMs - this.waitOf(sequence);
      this.deadlines.set(message, now + delayMs);
    }
    return true;
  }

  /** It has been delivered as often as it may be: it waits no more, but its stream keeps it. */
  exhaust(sequence: number): void {
    const redeliveries = this.deliveriesOf(sequence) - 1;
    this.remove(sequence);
    this.redeliveries.set(sequence, redeliveries);
    this.changed?.add(sequence);
    this.moveFloor();
  }

  /**
   * Puts what has waited long enough among what is to be delivered again: so much at once that what is left is due at once.
   * Returns the sequences of what has been delivered as often as it may be.
   */
  expire(now: number): readonly number[] {
    const due: number[] = [];
    for (let left = AT_ONCE; left > 0; left--) {
      const { first } = this.deadlines;
      if (first === undefined || first.due > now) break;
      this.deadlines.remove(first);
      if (!this.again.has(first.sequence) && !this.isAcknowledged(first.sequence)) due.push(first.sequence);
    }
    due.sort((one, other) => one - other);
    return due.filter((sequence) => this.repeat(sequence));
  }

  /** Has a message delivered again. Returns whether it has been delivered as often as it may be, so that it is not. */
  repeat(sequence: number): boolean {
    const { maxDeliver } = this.terms;
    if (maxDeliver > 0 && this.deliveriesOf(sequence) >= maxDeliver) return true;
    this.again.add(sequence);
    return false;
  }

  /** What is before `sequence`, or there, has been delivered or need not be. */
  passTo(sequence: number): void {
    const { consumer, stream } = this.delivered;
    if (stream < sequence) this.delivered = { consumer, stream: sequence };
    this.moveFloor();
  }

  /** Forgets how often a message was delivered that is gone from the stream. */
  forget(sequence: number): void {
    if (this.redeliveries.delete(sequence)) this.changed?.add(sequence);
  }

  /** Sequences of what is pending, in their order. */
  get unacknowledged(): IterableIterator<number> {
    return this.messages.keys();
  }

  /** What has been delivered more than once, in no particular order. */
  get repeated(): IterableIterator<number> {
    return this.redeliveries.keys();
  }

  /** Goes by other terms from now on: those that wait do so in steps. */
  *retime(terms: AckTerms): Steps<void> {
    this.terms = terms;
    let looked = 0;
    for (const message of this.messages.values()) {
      // What is to be delivered again is due for that alone.
      if (message.place >= 0) this.wait(message, message.at);
      if (++looked % AT_ONCE === 0) yield;
    }
  }

  get ackFloor(): Position {
    return this.floor;
  }

  get entries(): number {
    return this.messages.size + this.redeliveries.size;
  }

  takeChanged(): Iterable<number> {
    const { changed = [] } = this;
    this.changed = new Set();
    return changed;
  }

  *sequences(): Generator<number, void, void> {
    yield* this.messages.keys();
    for (const sequence of this.redeliveries.keys()) if (!this.messages.has(sequence)) yield sequence;
  }

  pendingOf(sequence: number): PendingState | undefined {
    const message = this.messages.get(sequence);
    return message && { consumer: message.consumer, at: message.at, deliveries: this.deliveriesOf(sequence) };
  }

  countOf(sequence: number): number | undefined {
    return this.redeliveries.has(sequence) ? this.deliveriesOf(sequence) : undefined;
  }

  /** Goes on from what was kept. */
  restore({ delivered, ackFloor, pending, deliveries }: ConsumerState): void {
    this.delivered = delivered;
    this.floor = ackFloor;
    for (const sequence of [...pending.keys()].sort((one, other) => one - other)) {
      const kept = pending.get(sequence);
      if (kept === undefined) continue;
      const { consumer, at, deliveries: count } = kept;
      const message: PendingMessage = { sequence, consumer, at, due: 0, place: -1 };
      this.messages.set(sequence, message);
      if (count !== 1) this.redeliveries.set(sequence, count - 1);
      this.wait(message, at);
    }
    for (const [sequence, count] of deliveries) this.redeliveries.set(sequence, count - 1);
  }

  /** The lowest sequence that is pending. */
  private get first(): number | undefined {
    while (this.lowest === undefined) {
      const { done, value } = this.cursor.next();
      if (done !== true) this.lowest = value;
      else if (this.messages.size === 0) return undefined;
      else this.cursor = this.messages.keys();
    }
    return this.lowest;
  }

  private remove(sequence: number): PendingMessage | undefined {
    const message = this.messages.get(sequence);
    if (this.redeliveries.delete(sequence)) this.changed?.add(sequence);
    if (message === undefined) return undefined;
    this.changed?.add(sequence);
    this.messages.delete(sequence);
    this.again.delete(sequence);
    if (this.lowest === sequence) this.lowest = undefined;
    this.deadlines.remove(message);
    return message;
  }

  /** Never back: with policy `all` it may be further than what is pending shows. */
  private moveFloor(): void {
    const { first } = this;
    const message = first === undefined ? undefined : this.messages.get(first);
    if (first === undefined || message === undefined) this.floor = this.delivered;
    else if (message.consumer - 1 > this.floor.consumer)
      this.floor = { consumer: message.consumer - 1, stream: Math.max(first - 1, this.floor.stream) };
  }

  private isAcknowledged(sequence: number): boolean {
    return this.acknowledgedTo !== undefined && sequence <= this.acknowledgedTo.stream;
  }

  private wait(message: PendingMessage, now: number): void {
    this.deadlines.set(message, now + this.waitOf(message.sequence));
  }

  private waitOf(sequence: number): number {
    const { waitMs, backoffMs } = this.terms;
    if (backoffMs.length === 0) return waitMs;
    const index = Math.min(Math.max(0, this.deliveriesOf(sequence) - 1), backoffMs.length - 1);
    return backoffMs[index] ?? waitMs;
  }
}
