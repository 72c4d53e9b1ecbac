import { MAX_QUEUE_GROUPS } from '../domain/limits.js';
import { SplitMap } from './split-map.js';
import type { Subscription } from './subscription.js';

/** Sids up to so much above twice the number of subscriptions have a place in the array. */
const ROOM = 64;
/** Longer ones are no numbers to it. */
const MAX_DIGITS = 8;

/**
 * The subscriptions of one client by sid. Clients count theirs from 1, so where they are dense they stand in an array,
 * which takes a quarter of what a Map takes; others, and words, are in one.
 */
export class Subscriptions {
  size = 0;
  private numbered: (Subscription | undefined)[] = [];
  private named: SplitMap<Subscription> | undefined = undefined;
  /** How many are members of queue groups. */
  private queued = 0;
  /** The queue groups and how many members each has here; only where there may be too many. */
  private groups: Map<string, number> | undefined = undefined;

  get(sid: string): Subscription | undefined {
    const number = numberOf(sid);
    const there = number >= 0 && number < this.numbered.length ? this.numbered[number] : undefined;
    return there ?? this.named?.get(sid);
  }

  /** Adds one whose sid there is not yet. Returns how many entries of a table were hashed anew for that, mostly 0. */
  add(subscription: Subscription): number {
    const { sid } = subscription;
    const number = numberOf(sid);
    this.size++;
    this.count(subscription.queue, 1);
    if (number < 0 || number > 2 * this.size + ROOM) {
      this.named ??= new SplitMap();
      return this.named.add(sid, subscription);
    }
    while (this.numbered.length <= number) this.numbered.push(undefined);
    this.numbered[number] = subscription;
    return 0;
  }

  /** Removes one, if it is there. */
  delete({ sid, queue }: Subscription): void {
    const number = numberOf(sid);
    const { numbered } = this;
    if (number >= 0 && number < numbered.length && numbered[number] !== undefined) {
      numbered[number] = undefined;
      while (numbered.length > 0 && numbered[numbered.length - 1] === undefined) numbered.pop();
      this.size--;
      this.count(queue, -1);
    } else if (this.named?.delete(sid) === true) {
      this.size--;
      this.count(queue, -1);
      if (this.named.size === 0) this.named = undefined;
    }
  }

  /** All of them, numbered ones first. */
  *values(): IterableIterator<Subscription> {
    for (const subscription of this.numbered) if (subscription !== undefined) yield subscription;
    if (this.named !== undefined) yield* this.named.values();
  }

  /** Whether `queue` would be one queue group too many. */
  hasTooManyGroupsFor(queue: string): boolean {
    if (this.queued < MAX_QUEUE_GROUPS) return false;
    if (this.groups === undefined) {
      this.groups = new Map();
      for (const subscription of this.values())
        if (subscription.queue !== undefined)
          this.groups.set(subscription.queue, (this.groups.get(subscription.queue) ?? 0) + 1);
    }
    return this.groups.size >= MAX_QUEUE_GROUPS && !this.groups.has(queue);
  }

  clear(): void {
    this.size = 0;
    this.queued = 0;
    this.groups = undefined;
    this.numbered = [];
    this.named = undefined;
  }

  private count(queue: string | undefined, change: 1 | -1): void {
    if (queue === undefined) return;
    this.queued += change;
    if (this.groups === undefined) return;
    const members = (this.groups.get(queue) ?? 0) + change;
    if (members > 0) this.groups.set(queue, members);
    else this.groups.delete(queue);
    if (this.queued < MAX_QUEUE_GROUPS / 2) this.groups = undefined;
  }
}

/** The number that `sid` is the usual way to write of; -1: none, or too large a one. */
function numberOf(sid: string): number {
  if (sid.length > MAX_DIGITS || sid.length === 0) return -1;
  let number = 0;
  for (let i = 0; i < sid.length; i++) {
    const digit = sid.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9 || (number === 0 && i > 0)) return -1;
    number = number * 10 + digit;
  }
  return number;
}
