import type { Subscription } from '../clients/subscription.js';
import type { Work } from '../clients/work.js';
import { hashOfText } from '../frame/text.js';
import { type Listener, LiteralNode, LiteralTable } from './literal-table.js';

/**
 * Longest subject, in UTF-16 units, whose only subscription stands for its place. It is short enough for the cache
 * of results whatever its letters, which alone keeps the result of such a one.
 */
const MAX_BARE_LENGTH = 85;
/** Tables, by hash: one that doubles moves its own subjects only, so that no subscriber waits for a million. */
export const LITERAL_TABLES = 64;
const TABLE_SHIFT = 26;

/** The table that `subject` is in. */
export function literalTableOf(subject: string): number {
  return hashOfText(subject) >>> TABLE_SHIFT;
}

/**
 * The subscriptions whose subjects have no wildcard, by whole subjects: a message finds them at once, and they cost
 * the same however many tokens they have. One that is alone on its subject, and in no queue group, stands there
 * itself; others share a place.
 */
export class Literals {
  private readonly tables: (LiteralTable | undefined)[] = new Array<LiteralTable | undefined>(
    LITERAL_TABLES,
  ).fill(undefined);
  private readonly nextId: () => number;
  private readonly work: Work;

  /**
   * @param nextId gives a new place its id
   * @param work counts what tables that grow cost
   */
  constructor(nextId: () => number, work: Work) {
    this.nextId = nextId;
    this.work = work;
  }

  /** Whether there is none. */
  get empty(): boolean {
    return this.tables.every((table) => table === undefined);
  }

  /** The subscriptions to exactly the ASCII subject `bytes[start, end)`; `hash` as `hashBytes` has it. */
  at(bytes: Buffer, start: number, end: number, hash: number): Listener | undefined {
    return this.tables[hash >>> TABLE_SHIFT]?.at(bytes, start, end, hash);
  }

  /** The subscriptions to exactly `subject`; `hash` as `hashOfText` has it. */
  of(subject: string, hash: number): Listener | undefined {
    const table = this.tables[hash >>> TABLE_SHIFT];
    return table?.listenerIn(table.slotOf(subject, hash), subject);
  }

  /** The subscriptions in one of the tables, which must not change meanwhile. */
  inTable(table: number): Iterable<Listener> {
    return this.tables[table]?.values() ?? [];
  }

  /** Returns the place it shares, if it does. */
  insert(subscription: Subscription, hash: number): LiteralNode | undefined {
    const { subject, queue } = subscription;
    const table = this.tableOf(hash);
    const slot = table.slotOf(subject, hash);
    const there = table.listenerIn(slot, subject);
    if (there instanceof LiteralNode) {
      there.insert(subscription);
      return there;
    }
    if (there === undefined && queue === undefined && subject.length <= MAX_BARE_LENGTH) {
      subscription.index = 0;
      table.add(slot, subscription, hash);
      return undefined;
    }
    const place = new LiteralNode(this.nextId(), subject);
    if (there === undefined) table.add(slot, place, hash);
    else {
      place.insert(there);
      table.replace(slot, place);
    }
    place.insert(subscription);
    return place;
  }

  /** Removes one that was inserted; returns the place it shared, if it did. */
  remove(subscription: Subscription, hash: number): LiteralNode | undefined {
    const { subject } = subscription;
    const table = this.tables[hash >>> TABLE_SHIFT];
    if (table === undefined) return undefined;
    const slot = table.slotOf(subject, hash);
    const there = table.listenerIn(slot, subject);
    const shared = there instanceof LiteralNode ? there : undefined;
    if (shared !== undefined) {
      shared.remove(subscription);
      if (shared.occupied) return shared;
    } else subscription.index = -1;
    table.free(slot, subject);
    if (table.count === 0) this.tables[hash >>> TABLE_SHIFT] = undefined;
    return shared;
  }

  private tableOf(hash: number): LiteralTable {
    const number = hash >>> TABLE_SHIFT;
    let table = this.tables[number];
    if (table === undefined) {
      table = new LiteralTable(this.work);
      this.tables[number] = table;
    }
    return table;
  }
}
