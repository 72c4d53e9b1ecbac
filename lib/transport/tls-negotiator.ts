import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import type { Beginnings } from '../domain/beginnings.js';
import { HANDSHAKE, hasWholeHello } from './client-hello.js';
import { SPEAKS_NO_TLS } from './handshake-fault.js';
import { peek, type Seen } from './peek.js';
import type { Security } from './tls.js';
import { TlsWire } from './tls-wire.js';
import type { Wire } from './wire.js';

/** What a connection does on its way to TLS; each at most once, and what is not `greet` is last. */
export interface TlsNegotiation {
  /** Sends INFO in the clear and calls `sent` once the wire has taken it; at once if there is nothing to send. */
  greet(sent: () => void): void;
  /** The peer goes on in the clear, or has said nothing in time. */
  plain(): void;
  /** The peer goes on over this wire; errors of its stream must be listened to before this returns. */
  secured(wire: Wire): void;
  /** There will be no TLS. The wire is not closed where the peer never began. */
  failed(why: string): void;
  /** The peer begins, and more have begun in this second than may; the wire is not closed. */
  throttled(): void;
}

/**
 * Brings one wire to TLS, or not, within the time there is for it.
 *
 *            ┌ first ──────────────────────────┐
 *   start ───┼ auto ── a byte in time? ── yes ─┼── handshake ── secured
 *            └ after-info ──── INFO ◄──── no   │       ▲ once the whole ClientHello is there, in turn
 *                               └─ first byte ─┴───────┘──── plain, if allowed
 */
export class TlsNegotiator {
  /** Whether the wire still is as it was, so that something may be said on it in the clear. */
  isPlaintext = true;
  private readonly wire: Wire;
  private readonly security: Security;
  private readonly beginnings: Beginnings;
  private readonly steps: TlsNegotiation;
  private over = false;
  private startedAt = 0;
  /** Whether all of the ClientHello came with its first byte. */
  private hasHello = false;
  private timer: NodeJS.Timeout | undefined;
  private cancelLook = (): void => {};

  /** @param beginnings where handshakes wait for their turn: the answer to a ClientHello takes about a millisecond */
  constructor(wire: Wire, security: Security, beginnings: Beginnings, steps: TlsNegotiation) {
    this.wire = wire;
    this.security = security;
    this.beginnings = beginnings;
    this.steps = steps;
  }

  start(): void {
    const { mode, fallbackMs, timeoutMs } = this.security;
    if (mode === 'after-info') this.greet();
    else if (mode === 'first') this.look(timeoutMs, this.begin);
    else this.look(fallbackMs, (byte) => (byte === 'late' ? this.greet() : this.begin(byte)));
  }

  /** Whether a handshake is under way: it says what becomes of it, also once the wire has closed. */
  get undecided(): boolean {
    return !this.isPlaintext && !this.over;
  }

  /** Stops it where it is: no step comes after this. The wire is the caller's to close. */
  cancel(): void {
    this.over = true;
    clearTimeout(this.timer);
    this.cancelLook();
  }

  private greet(): void {
    const { allowNonTls, timeoutMs } = this.security;
    this.steps.greet(() => {
      if (this.over) return;
      this.look(timeoutMs, (byte) => {
        if (allowNonTls && byte !== HANDSHAKE && byte !== 'ended') this.goOn();
        else this.begin(byte);
      });
    });
  }

  private look(withinMs: number, then: (byte: Seen<number>) => void): void {
    this.startedAt = performance.now();
    const judge = (bytes: Buffer): number | undefined => {
      this.hasHello = hasWholeHello(bytes) === true;
      return bytes[0];
    };
    this.peek(withinMs, judge, then);
  }

  /** Peeks at what the peer sends. Time in which that is not read, as others have their turn, does not count. */
  private peek<T>(
    withinMs: number,
    judge: (bytes: Buffer) => T | undefined,
    then: (seen: Seen<T>) => void,
  ): void {
    const { reads } = this.beginnings;
    const counted = (bytes: Buffer): T | undefined => {
      reads.count();
      return judge(bytes);
    };
    this.cancelLook = peek(this.wire.stream, withinMs, counted, (seen) => {
      if (seen === 'late' && reads.holds(this.wire)) return this.peek(withinMs, judge, then);
      if (seen === 'ended') reads.count();
      then(seen);
    });
  }

  private goOn(): void {
    this.cancel();
    this.steps.plain();
  }

  /** A peer that does not begin like TLS gets no answer in TLS. */
  private readonly begin = (byte: Seen<number>): void => {
    if (this.isMissing(byte)) return;
    if (byte !== HANDSHAKE) return this.fail(SPEAKS_NO_TLS);
    if (this.security.mayBegin?.() === false) return this.refuse();
    if (this.hasHello) return this.handshakeInTurn();
    // All of the ClientHello: once it has come to OpenSSL, the peer decides when the rest of the work is done.
    this.peek(this.leftMs, hasWholeHello, (hello) => {
      if (!this.isMissing(hello)) this.handshakeInTurn();
    });
  };

  private isMissing(seen: Seen<unknown>): seen is 'late' | 'ended' {
    if (seen === 'late') this.fail('timeout');
    else if (seen === 'ended') this.fail('the client hung up');
    return seen === 'late' || seen === 'ended';
  }

  /** Time that is left for the handshake, in milliseconds. */
  private get leftMs(): number {
    return Math.max(0, this.startedAt + this.security.timeoutMs - performance.now());
  }

  /** Does the handshake as the turn allows; the time that it waits does not count. */
  private handshakeInTurn(): void {
    const askedAt = performance.now();
    this.beginnings.add(() => {
      this.startedAt += performance.now() - askedAt;
      if (!this.over) this.handshake();
    }, 1);
  }

  private refuse(): void {
    this.cancel();
    this.steps.throttled();
  }

  private handshake(): void {
    const { context } = this.security;
    this.isPlaintext = false;
    this.timer = setTimeout(this.expire, this.leftMs);
    // Until it is over a peer that ends has hung up; after it, it may have said its last word and still listen.
    const { stream: below } = this.wire;
    const { allowHalfOpen } = below;
    below.allowHalfOpen = false;
    context.secure(below, {
      secured: (stream) => {
        this.beginnings.reads.count();
        if (this.over) return void stream.destroy();
        stream.allowHalfOpen = allowHalfOpen;
        below.allowHalfOpen = allowHalfOpen;
        this.cancel();
        this.steps.secured(new TlsWire(stream, this.wire));
      },
      failed: (why) => {
        this.beginnings.reads.count();
        this.fail(why);
      },
    });
  }

  private readonly expire = (): void => {
    if (this.beginnings.reads.holds(this.wire)) this.timer = setTimeout(this.expire, this.security.timeoutMs);
    else this.fail('timeout');
  };

  private fail(why: string): void {
    if (this.over) return;
    this.cancel();
    this.steps.failed(why);
  }
}
