/**
 * The order of the whole broker: subscribers of the same subjects see the same messages in the same order, whatever
 * connection, dialect or encryption they came by. Parallel subscribers are compared message by message.
 */
import type { DeliveryAccounting } from './ledger.js';

/** Entries after which those that all subscribers have are forgotten. */
const TRIM_ENTRIES = 65_536;
const STREAM = 2 ** 32;

export class OrderComparison {
  private readonly accounting: DeliveryAccounting;
  private order: number[] = [];
  /** Entries forgotten at the beginning of `order`. */
  private forgotten = 0;
  private readonly at: number[] = [];
  /** Comparisons made. */
  compared = 0;

  constructor(accounting: DeliveryAccounting) {
    this.accounting = accounting;
  }

  /** One more; returns what it tells of every message. */
  join(): (stream: number, seq: number) => void {
    const me = this.at.push(this.forgotten) - 1;
    let astray = false;
    return (stream, seq) => {
      const entry = stream * STREAM + seq;
      const place = this.at[me]! - this.forgotten;
      this.at[me]!++;
      if (place === this.order.length) this.order.push(entry);
      else {
        this.compared++;
        // Once out of step everything after differs: one violation says it.
        if (this.order[place] !== entry && !astray) {
          astray = true;
          this.accounting.blame(
            'reordered',
            1,
            `subscriber ${me} got ${stream}.${seq} where another had something else`,
          );
        }
      }
      if (this.order.length >= TRIM_ENTRIES) this.trim();
    };
  }

  private trim(): void {
    const common = Math.min(...this.at) - this.forgotten;
    if (common < TRIM_ENTRIES / 2) return;
    this.order = this.order.slice(common);
    this.forgotten += common;
  }
}
