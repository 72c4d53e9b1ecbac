import type { Subscription } from '../clients/subscription.js';
import { REHASH_UNITS, Work } from '../clients/work.js';
import { cell } from '../frame/command.js';
import { SubscriptionNode } from './subscription-node.js';

/** The subscriptions to one literal subject, where there are several, or queue groups. */
export class LiteralNode extends SubscriptionNode {
  readonly subject: string;

  constructor(id: number, subject: string) {
    super(id);
    this.subject = subject;
  }
}

/** The subscriptions to one literal subject. */
export type Listener = Subscription | LiteralNode;

const FIRST_SLOTS = 8;
/** Slots that are looked at for one subject. At most three quarters are taken, so more are wanted of one in 10⁸ subjects. */
const MAX_PROBES = 512;
/** Subjects with the same 32-bit hash that are compared; of a million subjects two have the same by chance, not eight. */
const MAX_SAME = 8;
/** Stands for the slot of a subject that is not in the slots. */
const OVERFLOW = -1;

/**
 * Maps literal subjects to their subscriptions. Open addressing by the hashes of the subjects: in a Map each look-up, a
 * change is two, goes to several places of a memory that no cache holds, at a million subjects. Here a look-up of what
 * is not there goes to one, and of what is there neither makes a string of it nor hashes one.
 *
 * A subject for which too many slots would have to be looked at, because others have hashes like its own, is in a Map, whose
 * hash is V8's own: so what subjects cost is bounded even if a peer could choose them by their hashes.
 */
export class LiteralTable {
  count = 0;
  /** 0: the slot is free. */
  private hashes = new Int32Array(FIRST_SLOTS);
  private listeners: (Listener | undefined)[] = new Array<Listener | undefined>(FIRST_SLOTS).fill(undefined);
  private mask = FIRST_SLOTS - 1;
  private overflow: Map<string, Listener> | undefined = undefined;
  private readonly work: Work;

  /** @param work counts what growing costs */
  constructor(work: Work = new Work()) {
    this.work = work;
  }

  /** The listener of the ASCII subject `bytes[start, end)`. */
  at(bytes: Buffer, start: number, end: number, hash: number): Listener | undefined {
    const key = hash || 1;
    const { hashes, mask } = this;
    let slot = home(key) & mask;
    let same = 0;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const there = hashes[slot];
      if (there === 0) break;
      if (there === key) {
        const listener = this.listeners[slot];
        if (listener !== undefined && isText(listener.subject, bytes, start, end)) return listener;
        if (++same === MAX_SAME) break;
      }
      slot = (slot + 1) & mask;
    }
    return this.overflow?.get(bytes.toString('latin1', start, end));
  }

  /** The slot of `subject`, or else the free one where it belongs; or what stands for one where it has none. */
  slotOf(subject: string, hash: number): number {
    const key = hash || 1;
    const { hashes, mask } = this;
    let slot = home(key) & mask;
    let same = 0;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const there = hashes[slot];
      if (there === 0) return this.overflow?.has(subject) === true ? OVERFLOW : slot;
      if (there === key) {
        if (this.listeners[slot]?.subject === subject) return slot;
        if (++same === MAX_SAME) return OVERFLOW;
      }
      slot = (slot + 1) & mask;
    }
    return OVERFLOW;
  }

  /** The listener of `subject`, whose slot this is. */
  listenerIn(slot: number, subject: string): Listener | undefined {
    return slot === OVERFLOW ? this.overflow?.get(subject) : this.listeners[slot];
  }

  /** Puts another listener of the same subject into a slot. */
  replace(slot: number, listener: Listener): void {
    if (slot === OVERFLOW) this.addToOverflow(listener);
    else this.listeners[slot] = listener;
  }

  /** Puts a listener into a free slot that `slotOf` gave for its subject. */
  add(slot: number, listener: Listener, hash: number): void {
    this.count++;
    if (slot === OVERFLOW) {
      this.addToOverflow(listener);
      return;
    }
    this.hashes[slot] = hash || 1;
    this.listeners[slot] = listener;
    if (this.count * 4 > (this.mask + 1) * 3) this.resize((this.mask + 1) * 2);
  }

  /**
   * Frees the slot of `subject`. Those behind it that it kept from their places move up, so that nothing marks where it was;
   * one that is further away than a subject can be from its first slot cannot be among them.
   */
  free(slot: number, subject: string): void {
    if (slot === OVERFLOW) {
      this.count--;
      this.overflow?.delete(subject);
      if (this.overflow?.size === 0) this.overflow = undefined;
      return;
    }
    const { hashes, listeners, mask } = this;
    let gap = slot;
    for (let next = (gap + 1) & mask; hashes[next] !== 0; next = (next + 1) & mask) {
      if (((next - gap) & mask) >= MAX_PROBES) break;
      const wanted = home(cell(hashes, next)) & mask;
      if (((next - wanted) & mask) < ((next - gap) & mask)) continue; // it would come before where it belongs
      hashes[gap] = cell(hashes, next);
      listeners[gap] = listeners[next];
      gap = next;
    }
    hashes[gap] = 0;
    listeners[gap] = undefined;
    this.count--;
    if (this.mask >= FIRST_SLOTS && this.count * 8 < this.mask + 1) this.resize((this.mask + 1) / 2);
  }

  /** All of them. The table must not change meanwhile. */
  *values(): IterableIterator<Listener> {
    for (const listener of this.listeners) if (listener !== undefined) yield listener;
    if (this.overflow !== undefined) yield* this.overflow.values();
  }

  private resize(slots: number): void {
    this.work.units += this.count * REHASH_UNITS;
    const { hashes, listeners } = this;
    const mask = slots - 1;
    this.mask = mask;
    this.hashes = new Int32Array(slots);
    this.listeners = new Array<Listener | undefined>(slots).fill(undefined);
    for (let old = 0; old < hashes.length; old++) {
      const key = cell(hashes, old);
      const listener = listeners[old];
      if (listener === undefined) continue;
      let slot = home(key) & mask;
      let probe = 0;
      while (this.hashes[slot] !== 0 && probe < MAX_PROBES) {
        slot = (slot + 1) & mask;
        probe++;
      }
      if (probe === MAX_PROBES) this.addToOverflow(listener);
      else {
        this.hashes[slot] = key;
        this.listeners[slot] = listener;
      }
    }
  }

  private addToOverflow(listener: Listener): void {
    this.overflow ??= new Map();
    this.overflow.set(listener.subject, listener);
  }
}

/** Spreads hashes that differ in a few bits only; the last steps of MurmurHash3. */
function home(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function isText(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
