import type { CommandBatch } from './command.js';

/**
 * A run of consecutive publishes for one subscription: rows `[from, to)` of a batch. The unit in which the core
 * hands messages to an encoder.
 */
export class Delivery {
  readonly batch: CommandBatch;
  readonly from: number;
  readonly to: number;
  /** The subscription's id in its own connection. */
  readonly sid: string;
  /** Whether other subscriptions get the same run, so that rendering it once for all is worth while. */
  readonly shared: boolean;
  /** Whether its subjects may be no UTF-8 or hold line ends: a dialect of text must not write them as they are. */
  readonly raw: boolean;

  constructor(batch: CommandBatch, from: number, to: number, sid: string, shared: boolean, raw = false) {
    this.batch = batch;
    this.from = from;
    this.to = to;
    this.sid = sid;
    this.shared = shared;
    this.raw = raw;
  }
}

/** The publisher's own confirmations of rows `[from, to)`: `+OK`, `OK PUB topic`. */
export class Receipt {
  readonly batch: CommandBatch;
  readonly from: number;
  readonly to: number;

  constructor(batch: CommandBatch, from: number, to: number) {
    this.batch = batch;
    this.from = from;
    this.to = to;
  }
}

/** What an encoder takes: runs, receipts, and the plain frames of its dialect. */
export type Outgoing<F> = Delivery | Receipt | F;
