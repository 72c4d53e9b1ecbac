/**
 * Who sent what, who got what, and what is wrong with that. Pure: it is told, and judges.
 *
 * A stream is what one connection published; its messages are numbered from 1. A receipt book is one connection's
 * subscription: of every stream it must get every number once and in order, from the first that was sent after the
 * broker had confirmed the subscription to the last that was confirmed before the end. Only a connection that was cut
 * may lose its tail; that is a loss with a reason, and counted.
 */

/** What one connection has published. */
export interface Stream {
  readonly id: number;
  readonly subject: string;
  readonly account: string;
  /** The last number written. */
  sent: number;
  /** The last number that the broker has confirmed: everything up to it must be delivered. */
  confirmed: number;
  /** Whether its connection was cut, so that what was not confirmed may be lost. */
  cut: boolean;
}

/** Why messages were lost that a broker need not have delivered. */
export type LossReason = 'receiver reset by the test' | 'receiver cut off as slow' | 'queue member cut';

/** What the ledger has counted. */
export interface Totals {
  /** Messages checked byte by byte. */
  received: number;
  duplicates: number;
  /** Messages that came after a later one of their stream, or in another order than at a parallel subscriber. */
  reordered: number;
  /** Messages that were not what any publisher had sent. */
  corrupted: number;
  /** Messages that nobody can say why they are missing. */
  unexplained: number;
  readonly explained: Map<LossReason, number>;
}

export class DeliveryAccounting {
  readonly streams = new Map<number, Stream>();
  readonly totals: Totals = {
    received: 0,
    duplicates: 0,
    reordered: 0,
    corrupted: 0,
    unexplained: 0,
    explained: new Map(),
  };
  /** The first violations, for people. */
  readonly violations: string[] = [];
  /** The id of the latest stream; ids ascend. */
  newest = 0;

  /** A stream that begins now. */
  open(subject: string, account = ''): Stream {
    const stream: Stream = {
      id: ++this.newest,
      subject,
      account,
      sent: 0,
      confirmed: 0,
      cut: false,
    };
    this.streams.set(stream.id, stream);
    return stream;
  }

  /** Violations so far. */
  get wrong(): number {
    const { duplicates, reordered, corrupted, unexplained } = this.totals;
    return duplicates + reordered + corrupted + unexplained;
  }

  /** Notes one violation, of `count` messages. */
  blame(kind: 'duplicates' | 'reordered' | 'corrupted' | 'unexplained', count: number, text: string): void {
    this.totals[kind] += count;
    if (this.violations.length < 40) this.violations.push(`${kind}: ${text}`);
  }

  /** Notes messages that were lost with a reason. */
  resetStall(reason: LossReason, count: number): void {
    if (count > 0) this.totals.explained.set(reason, (this.totals.explained.get(reason) ?? 0) + count);
  }

  /** The stream of a message that came; undefined, and blamed, where there is none or it has not sent that. */
  sender(by: string, stream: number, seq: number): Stream | undefined {
    const found = this.streams.get(stream);
    if (found !== undefined && seq <= found.sent && seq > 0) return found;
    this.blame('corrupted', 1, `${by} got ${stream}.${seq}, which was never sent`);
    return undefined;
  }
}

/** One connection's subscription that is not in a queue group. */
export class ReceiptRecord {
  readonly name: string;
  private readonly accounting: DeliveryAccounting;
  private readonly wants: (stream: Stream) => boolean;
  /**
   * Of each stream the last number that was written before the subscription was confirmed; also of those that are over,
   * as what a held publisher has written may still be on its way.
   */
  private readonly before = new Map<number, number>();
  private readonly last = new Map<number, number>();
  /** The latest stream when the subscription was confirmed; undefined before. */
  private since: number | undefined;

  constructor(accounting: DeliveryAccounting, name: string, wants: (stream: Stream) => boolean) {
    this.accounting = accounting;
    this.name = name;
    this.wants = wants;
  }

  /** The broker has confirmed the subscription. */
  begin(): void {
    for (const stream of this.accounting.streams.values())
      if (this.wants(stream)) this.before.set(stream.id, stream.sent);
    this.since = this.accounting.newest;
  }

  take(id: number, seq: number): void {
    const { accounting } = this;
    const stream = accounting.sender(this.name, id, seq);
    if (stream === undefined) return;
    if (!this.wants(stream)) {
      accounting.blame('corrupted', 1, `${this.name} got ${id}.${seq} of ${stream.subject}`);
      return;
    }
    accounting.totals.received++;
    const last = this.last.get(id);
    if (last === undefined) this.first(id, seq);
    else if (seq > last + 1) this.gap(id, last, seq);
    else if (seq <= last) {
      accounting.blame(
        seq === last ? 'duplicates' : 'reordered',
        1,
        `${this.name} got ${id}.${seq} after ${last}`,
      );
      return;
    }
    this.last.set(id, seq);
  }

  /** What had been confirmed to its publisher by now; for {@link end}. */
  due(): ReadonlyMap<number, number> {
    const due = new Map<number, number>();
    const since = this.since ?? Number.POSITIVE_INFINITY;
    for (const stream of this.accounting.streams.values()) {
      const { id, confirmed } = stream;
      const from = this.before.get(id);
      if ((id > since || from !== undefined) && confirmed > (from ?? 0) && this.wants(stream))
        due.set(id, confirmed);
    }
    return due;
  }

  /** It has had all that was sent to it before it left: what was due then has come, or is lost without a reason. */
  end(due: ReadonlyMap<number, number>): void {
    for (const [id, missing] of this.missing(due))
      this.accounting.blame(
        'unexplained',
        missing,
        `${this.name} missed the last ${missing} of stream ${id}`,
      );
  }

  /** It was cut off. */
  cut(reason: LossReason): void {
    if (this.since === undefined) return;
    for (const missing of this.missing(this.due()).values()) this.accounting.resetStall(reason, missing);
  }

  /** The last number it has of a stream. */
  lastOf(id: number): number | undefined {
    return this.last.get(id);
  }

  private first(id: number, seq: number): void {
    const before = this.before.get(id) ?? 0;
    if (this.since !== undefined && seq > before + 1) this.gap(id, before, seq);
  }

  private gap(id: number, last: number, seq: number): void {
    this.accounting.blame('unexplained', seq - last - 1, `${this.name} got ${id}.${seq} after ${last}`);
  }

  private missing(due: ReadonlyMap<number, number>): Map<number, number> {
    const missing = new Map<number, number>();
    for (const [id, confirmed] of due) {
      const had = Math.max(this.last.get(id) ?? 0, this.before.get(id) ?? 0);
      if (had < confirmed) missing.set(id, confirmed - had);
    }
    return missing;
  }
}
