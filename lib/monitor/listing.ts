import { setTimeout } from 'node:timers';
import type { Steps } from '../domain/steps.js';
import { BY_CID, type SortKey, sortKey } from './connection-order.js';
import type { ConnectionSnapshot, Observable } from './snapshot.js';
import { sortedOrder } from './sorted-order.js';
import type { Turns } from './turns.js';

/** Which connections are listed. */
export type ListedState = 'open' | 'closed' | 'all';

/** Rows between two places at which work on a listing may pause. */
export const ROWS_A_STEP = 256;
/** Listings of so many rows are shared: what is made faster than that is made anew for each request. */
const SHARED_FROM_ROWS = 1_000;
/** Time for which a listing is shared, in milliseconds. */
const SHARED_MS = 1_000;

/** The connections of one moment, and the orders they were asked for in. A row is read when it is shown. */
export class Listing {
  readonly rows: readonly ConnectionSnapshot[];
  private readonly nowMs: number;
  private readonly turns: Turns;
  private readonly orders = new Map<string, Promise<Uint32Array>>();

  constructor(rows: readonly ConnectionSnapshot[], nowMs: number, turns: Turns) {
    this.rows = rows;
    this.nowMs = nowMs;
    this.turns = turns;
  }

  /** Indices of the rows in one of the orders of `/connz`, sorted once for all that ask for it. */
  order(name: string): Promise<Uint32Array> {
    let order = this.orders.get(name);
    if (order === undefined) {
      order = this.turns.run(this.sort(sortKey(name) ?? BY_CID));
      this.orders.set(name, order);
    }
    return order;
  }

  private *sort(key: SortKey): Steps<Uint32Array> {
    const { rows, nowMs } = this;
    const keys = new Float64Array(rows.length);
    const cids = new Float64Array(rows.length);
    for (const [i, row] of rows.entries()) {
      keys[i] = key(row, nowMs);
      cids[i] = row.cid;
      if (i % ROWS_A_STEP === 0) yield;
    }
    return yield* sortedOrder(keys, cids);
  }
}

/** Makes listings, and shares long ones between requests for a second. */
export class Listings {
  private readonly observed: Observable;
  private readonly now: () => number;
  private readonly turns: Turns;
  private readonly shared = new Map<ListedState, Promise<Listing>>();

  constructor(observed: Observable, now: () => number, turns: Turns) {
    this.observed = observed;
    this.now = now;
    this.turns = turns;
  }

  of(state: ListedState): Promise<Listing> {
    const shared = this.shared.get(state);
    if (shared !== undefined) return shared;
    const listing = this.make(state);
    this.shared.set(state, listing);
    const forget = () => void this.shared.delete(state);
    listing.then(({ rows }) => {
      if (rows.length < SHARED_FROM_ROWS) forget();
      else setTimeout(forget, SHARED_MS).unref();
    }, forget);
    return listing;
  }

  private async make(state: ListedState): Promise<Listing> {
    const rows = await this.turns.run(this.collect(state));
    return new Listing(rows, this.now(), this.turns);
  }

  private *collect(state: ListedState): Steps<ConnectionSnapshot[]> {
    const rows: ConnectionSnapshot[] = [];
    for (const part of [
      state === 'closed' ? [] : this.observed.connections(),
      state === 'open' ? [] : this.observed.closed(),
    ]) {
      for (const row of part) {
        rows.push(row);
        if (rows.length % ROWS_A_STEP === 0) yield;
      }
    }
    return rows;
  }
}
