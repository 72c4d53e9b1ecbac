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
  private named: Map<string, Subscription> | undefined = undefined;

  get(sid: string): Subscription | undefined {
    const number = numberOf(sid);
    const there = number >= 0 && number < this.numbered.length ? this.numbered[number] : undefined;
    return there ?? this.named?.get(sid);
  }

  /** Adds one whose sid there is not yet. */
  add(subscription: Subscription): void {
    const { sid } = subscription;
    const number = numberOf(sid);
    this.size++;
    if (number < 0 || number > 2 * this.size + ROOM) {
      this.named ??= new Map();
      this.named.set(sid, subscription);
      return;
    }
    while (this.numbered.length <= number) this.numbered.push(undefined);
    this.numbered[number] = subscription;
  }

  /** Removes one, if it is there. */
  delete({ sid }: Subscription): void {
    const number = numberOf(sid);
    const { numbered } = this;
    if (number >= 0 && number < numbered.length && numbered[number] !== undefined) {
      numbered[number] = undefined;
      while (numbered.length > 0 && numbered[numbered.length - 1] === undefined) numbered.pop();
      this.size--;
    } else if (this.named?.delete(sid) === true) {
      this.size--;
      if (this.named.size === 0) this.named = undefined;
    }
  }

  /** All of them, numbered ones first. */
  *values(): IterableIterator<Subscription> {
    for (const subscription of this.numbered) if (subscription !== undefined) yield subscription;
    if (this.named !== undefined) yield* this.named.values();
  }

  clear(): void {
    this.size = 0;
    this.numbered = [];
    this.named = undefined;
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
