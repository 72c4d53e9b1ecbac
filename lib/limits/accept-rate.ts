import type { Duplex } from 'node:stream';
import { CLOCK, type Clock } from '../domain/clock.js';
import { TokenBucket } from './token-bucket.js';

export interface AcceptLimits {
  /** Connections let in a second in the long run; 0: any number. */
  readonly acceptRate: number;
  /** Connections let in at once after a quiet time. */
  readonly acceptBurst: number;
}

/** Those whose turn has come are let in so many at a time, so that a flood leaves the others their share of the CPU. */
const AT_ONCE = 64;

/** A connection that has been accepted, and of which nothing has been read. */
export interface Accepted {
  readonly stream: Duplex;
  readonly remoteAddress: string | undefined;
  /** Closes it at once, leaving nothing behind on this side. */
  reset(): void;
}

/** A wire whose turn has not come. */
interface Waiting {
  readonly accept: () => void;
  readonly gone: () => void;
}

/**
 * Lets connections in at a rate. What comes faster waits its turn, costing a descriptor and next to nothing else; as
 * many wait as a second lets in, since clients give up soon after. Further ones are closed at once, without a word.
 */
export class AcceptRate {
  /** Closed because too many waited, ever. */
  rejected = 0;
  private limits: AcceptLimits;
  private bucket: TokenBucket;
  private readonly onRefused: (acceptRate: number) => void;
  private readonly clock: Clock;
  /** In the order they came. */
  private readonly line = new Map<Accepted, Waiting>();
  private stopTimer: (() => void) | undefined;

  /** @param onRefused called for every connection that is closed */
  constructor(limits: AcceptLimits, onRefused: (acceptRate: number) => void, clock: Clock = CLOCK) {
    this.limits = limits;
    this.onRefused = onRefused;
    this.clock = clock;
    this.bucket = this.freshBucket();
  }

  /** Applies new limits; connections that wait keep their place. */
  configure(limits: AcceptLimits): void {
    const { acceptRate, acceptBurst } = this.limits;
    if (limits.acceptRate === acceptRate && limits.acceptBurst === acceptBurst) return;
    this.limits = limits;
    this.bucket = this.freshBucket();
    this.serveLater();
  }

  /** Calls `accept` at once, or when the rate allows it, unless the wire is closed before that. */
  admit(wire: Accepted, accept: () => void): void {
    const { acceptRate } = this.limits;
    if (this.line.size === 0 && this.mayAccept()) return accept();
    if (this.line.size >= acceptRate) {
      this.rejected++;
      wire.reset();
      this.onRefused(acceptRate);
      return;
    }
    const gone = () => this.line.delete(wire);
    this.line.set(wire, { accept, gone });
    wire.stream.once('close', gone);
    wire.stream.on('error', ignored);
    this.serveLater();
  }

  /** How many wait. */
  get waiting(): number {
    return this.line.size;
  }

  /** Closes whatever waits. */
  dismiss(): void {
    this.stopTimer?.();
    this.stopTimer = undefined;
    for (const wire of [...this.line.keys()]) wire.reset();
    this.line.clear();
  }

  private freshBucket(): TokenBucket {
    const { acceptRate, acceptBurst } = this.limits;
    return new TokenBucket(acceptRate, acceptBurst, this.clock.now());
  }

  /** Takes a place if the rate allows a connection now; returns whether it did. */
  private mayAccept(): boolean {
    if (this.limits.acceptRate === 0) return true;
    const now = this.clock.now();
    if (this.bucket.waitMs(1, now) > 0) return false;
    this.bucket.take(1, now);
    return true;
  }

  private serveLater(): void {
    if (this.line.size === 0 || this.stopTimer !== undefined) return;
    const { acceptRate } = this.limits;
    const ms = acceptRate === 0 ? 0 : this.bucket.waitMs(1, this.clock.now());
    this.stopTimer = this.clock.after(ms, () => {
      this.stopTimer = undefined;
      this.serve();
    });
  }

  private serve(): void {
    let left = AT_ONCE;
    for (const [wire, { accept, gone }] of this.line) {
      if (left-- === 0 || !this.mayAccept()) break;
      this.line.delete(wire);
      wire.stream.off('close', gone);
      wire.stream.off('error', ignored);
      if (!wire.stream.destroyed) accept();
    }
    this.serveLater();
  }
}

function ignored(): void {}
