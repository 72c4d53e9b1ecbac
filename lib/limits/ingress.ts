import type { Transform } from 'node:stream';
import { CLOCK, type Clock } from '../domain/clock.js';
import { TokenBucket } from './token-bucket.js';

export interface IngressLimits {
  /** Messages, and other commands, that a connection may send a second; 0: any number. */
  readonly ingressMessages: number;
  /** Bytes likewise. */
  readonly ingressBytes: number;
  /** How long a silence may be made up for at once, in milliseconds. */
  readonly ingressBurstMs: number;
}

/** What is needed of a decoder: see `Decoder`. */
type GatedDecoder = Transform & {
  gate:
    | {
        decoded(bytes: number, commands: number, goOn: () => void): void;
        ended(): void;
      }
    | undefined;
};

/** What slows a connection down that sends too much. */
export interface Ingress {
  /** When it last could not be heard, as `performance.now` has it. */
  readonly mutedAt: number;
}

/**
 * Has `decoder` take its input at most as fast as `limits` say: beyond that it takes its time with the next read, so
 * that the wire is read no further and TCP slows the peer down. Nothing is lost and no connection is closed. A read is taken
 * whole, however large, and paid for afterwards. What is there when the input ends is taken at once.
 *
 *   wire ─ read ─→ [ decoder ]─→ batches      next read: once what this one cost has come back
 *
 * Undefined, and the decoder as it was, where there is no limit.
 */
export function slowDown(
  decoder: GatedDecoder,
  limits: IngressLimits | undefined,
  clock: Clock = CLOCK,
): Ingress | undefined {
  if (limits === undefined || (limits.ingressMessages === 0 && limits.ingressBytes === 0)) return undefined;
  return new IngressThrottle(decoder, limits, clock);
}

function bucketOf(perSecond: number, burstMs: number, now: number): TokenBucket | undefined {
  return perSecond === 0 ? undefined : new TokenBucket(perSecond, (perSecond * burstMs) / 1_000, now);
}

class IngressThrottle implements Ingress {
  private readonly clock: Clock;
  private readonly bytes: TokenBucket | undefined;
  private readonly messages: TokenBucket | undefined;
  private lastMutedAt = Number.NEGATIVE_INFINITY;
  private released = false;
  private goOn: (() => void) | undefined;
  private stopTimer = (): void => {};

  constructor(decoder: GatedDecoder, limits: IngressLimits, clock: Clock) {
    const { ingressMessages, ingressBytes, ingressBurstMs } = limits;
    this.clock = clock;
    this.bytes = bucketOf(ingressBytes, ingressBurstMs, clock.now());
    this.messages = bucketOf(ingressMessages, ingressBurstMs, clock.now());
    decoder.gate = this;
    decoder.once('close', () => this.ended());
  }

  get mutedAt(): number {
    return this.goOn === undefined ? this.lastMutedAt : this.clock.now();
  }

  decoded(bytes: number, commands: number, goOn: () => void): void {
    const now = this.clock.now();
    this.bytes?.take(bytes, now);
    this.messages?.take(commands, now);
    this.goOn = goOn;
    this.wait();
  }

  /** The input is over, or the decoder is: what waits need not. */
  ended(): void {
    this.released = true;
    this.stopTimer();
    if (this.goOn !== undefined) this.wait();
  }

  /** Goes on once nothing is owed. */
  private readonly wait = (): void => {
    const now = this.clock.now();
    const ms = Math.max(this.bytes?.waitMs(0, now) ?? 0, this.messages?.waitMs(0, now) ?? 0);
    if (ms > 0 && !this.released) {
      this.lastMutedAt = now;
      this.stopTimer = this.clock.after(ms, this.wait);
      return;
    }
    const { goOn } = this;
    this.goOn = undefined;
    goOn?.();
  };
}
