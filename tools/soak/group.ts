/** What a queue group as a whole got: every message once, by whomever. */
import type { DeliveryAccounting } from './ledger.js';

/** The numbers of one stream that have come: all up to `upTo`, and some beyond. */
class Seen {
  upTo = 0;
  readonly beyond = new Set<number>();

  /** False where it had come before. */
  add(seq: number): boolean {
    if (seq <= this.upTo || this.beyond.has(seq)) return false;
    this.beyond.add(seq);
    while (this.beyond.delete(this.upTo + 1)) this.upTo++;
    return true;
  }
}

/** Interval in which what a cut member was sent may be missing, before and after the cut, in milliseconds. */
const BEFORE_CUT_MS = 15_000;
const AFTER_CUT_MS = 3_000;

export class GroupRecord {
  readonly name: string;
  private readonly accounting: DeliveryAccounting;
  private readonly seen = new Map<number, Seen>();
  /** Of each stream when how much had been sent: `[time, number]`, in order. */
  private readonly times = new Map<number, [atMs: number, sent: number][]>();
  private readonly cuts: number[] = [];

  constructor(accounting: DeliveryAccounting, name: string) {
    this.accounting = accounting;
    this.name = name;
  }

  /** `lastOfMember`: the member's last number of each stream; a member gets each stream in order. */
  take(id: number, seq: number, lastOfMember: Map<number, number>): void {
    const { accounting } = this;
    if (accounting.sender(this.name, id, seq) === undefined) return;
    accounting.totals.received++;
    if (seq < (lastOfMember.get(id) ?? 0))
      accounting.blame('reordered', 1, `a member of ${this.name} got ${id}.${seq} late`);
    lastOfMember.set(id, seq);
    const seen = this.seen.get(id) ?? new Seen();
    this.seen.set(id, seen);
    if (!seen.add(seq)) accounting.blame('duplicates', 1, `${this.name} got ${id}.${seq} twice`);
  }

  /** A member was cut off. */
  cut(nowMs: number): void {
    this.cuts.push(nowMs);
  }

  /** Call about once a second with the streams that feed the group. */
  mark(nowMs: number, ids: Iterable<number>): void {
    for (const id of ids) {
      const sent = this.accounting.streams.get(id)?.sent ?? 0;
      const marks = this.times.get(id);
      if (marks === undefined) this.times.set(id, [[nowMs, sent]]);
      else marks.push([nowMs, sent]);
    }
  }

  /** Everything that was confirmed has been handed to somebody: counts what did not come. */
  end(ids: Iterable<number>): void {
    for (const id of ids) {
      const confirmed = this.accounting.streams.get(id)?.confirmed ?? 0;
      const seen = this.seen.get(id) ?? new Seen();
      for (let seq = seen.upTo + 1; seq <= confirmed; seq++) {
        if (seen.beyond.has(seq)) continue;
        if (this.isExcused(id, seq)) this.accounting.resetStall('queue member cut', 1);
        else this.accounting.blame('unexplained', 1, `${this.name} missed ${id}.${seq}`);
      }
    }
  }

  private isExcused(id: number, seq: number): boolean {
    const marks = this.times.get(id) ?? [];
    const after = marks.findIndex(([, sent]) => sent >= seq);
    const to = marks[after]?.[0] ?? Number.POSITIVE_INFINITY;
    const from = marks[after < 0 ? marks.length - 1 : after - 1]?.[0] ?? 0;
    return this.cuts.some((at) => at >= from - AFTER_CUT_MS && at <= to + BEFORE_CUT_MS);
  }
}
