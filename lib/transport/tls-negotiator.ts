import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import { type FirstByte, firstByte } from './first-byte.js';
import { SPEAKS_NO_TLS } from './handshake-fault.js';
import { TlsWire } from './socket-wire.js';
import type { Security } from './tls.js';
import type { Wire } from './wire.js';

/** The type of a TLS record with a handshake in it, which is the first byte of a ClientHello. */
const HANDSHAKE = 0x16;

/** What a connection does on its way to TLS; each at most once, and either `plain`, `secured` or `failed` is last. */
export interface TlsNegotiation {
  /** Sends INFO in the clear and calls `sent` once the wire has taken it; at once if there is nothing to send. */
  greet(sent: () => void): void;
  /** The peer goes on in the clear, or has said nothing in time. */
  plain(): void;
  /** The peer goes on over this wire; errors of its stream must be listened to before this returns. */
  secured(wire: Wire): void;
  /** There will be no TLS. The wire is not closed where the peer never began. */
  failed(why: string): void;
}

/**
 * Brings one wire to TLS, or not, within the time there is for it.
 *
 *            ┌ first ──────────────────────────┐
 *   start ───┼ auto ── a byte in time? ── yes ─┼── handshake ── secured
 *            └ after-info ──── INFO ◄──── no   │       ▲
 *                               └─ first byte ─┴───────┘──── plain, if allowed
 */
export class TlsNegotiator {
  /** Whether the wire still is as it was, so that something may be said on it in the clear. */
  isPlaintext = true;
  private readonly wire: Wire;
  private readonly security: Security;
  private readonly steps: TlsNegotiation;
  private over = false;
  private startedAt = 0;
  private timer: NodeJS.Timeout | undefined;
  private cancelLook = (): void => {};

  constructor(wire: Wire, security: Security, steps: TlsNegotiation) {
    this.wire = wire;
    this.security = security;
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

  private look(withinMs: number, then: (byte: FirstByte) => void): void {
    this.startedAt = performance.now();
    this.cancelLook = firstByte(this.wire.stream, withinMs, then);
  }

  private goOn(): void {
    this.cancel();
    this.steps.plain();
  }

  /** A peer that does not begin like TLS gets no answer in TLS. */
  private readonly begin = (byte: FirstByte): void => {
    if (byte === 'late') this.fail('timeout');
    else if (byte === 'ended') this.fail('the client hung up');
    else if (byte !== HANDSHAKE) this.fail(SPEAKS_NO_TLS);
    else this.handshake();
  };

  private handshake(): void {
    const { context, timeoutMs } = this.security;
    this.isPlaintext = false;
    const leftMs = Math.max(0, this.startedAt + timeoutMs - performance.now());
    this.timer = setTimeout(() => this.fail('timeout'), leftMs);
    // Until it is over a peer that ends has hung up; after it, it may have said its last word and still listen.
    const { stream: below } = this.wire;
    const { allowHalfOpen } = below;
    below.allowHalfOpen = false;
    context.secure(below, {
      secured: (stream) => {
        if (this.over) return void stream.destroy();
        stream.allowHalfOpen = allowHalfOpen;
        below.allowHalfOpen = allowHalfOpen;
        this.cancel();
        this.steps.secured(new TlsWire(stream, this.wire));
      },
      failed: (why) => this.fail(why),
    });
  }

  private fail(why: string): void {
    if (this.over) return;
    this.cancel();
    this.steps.failed(why);
  }
}
