import { performance } from 'node:perf_hooks';
import { Duplex } from 'node:stream';
import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { connectionReset } from '../transport/duplex-pair.js';
import type { PeerStream } from '../transport/wire.js';

/** Bytes either direction buffers before it says to wait; as the listener's sockets. */
const HIGH_WATER_BYTES = 128 * 1024;
/** How often a throttled wire takes another slice, in milliseconds. */
const SLICE_MS = 10;
/** Most that a throttled wire saves up for later, in milliseconds of its rate. */
const BURST_MS = 50;

type Done = (error?: Error | null) => void;

/** Bytes on their way to the peer. */
interface DelayedChunk {
  readonly bytes: Buffer;
  /** On the performance clock. */
  readonly dueAt: number;
  readonly done: Done | undefined;
  sent: number;
}

/**
 * A wire that can be told to fail: it stands between a connection and its real wire.
 *
 *   broker ─write→ [queue] ─pump: not frozen, due, within the rate→ inner       inner ─read: not frozen→ broker
 *
 * What is frozen or throttled is held in here with its `done` outstanding, so the broker sees a peer that takes nothing,
 * or little. What is delayed counts as taken: a long line delays only its own bytes.
 */
export class FaultyWire extends Duplex {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  /** Added to the way of everything that is written from now on, in milliseconds. */
  delayMs = 0;
  private readonly inner: PeerStream;
  private frozen = false;
  private bytesPerSecond = Number.POSITIVE_INFINITY;
  private budget = 0;
  private budgetAt = 0;
  private queue: DelayedChunk[] = [];
  private isSending = false;
  private isWanted = false;
  private isToBreak = false;
  private finish: (() => void) | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(inner: PeerStream) {
    super({ highWaterMark: HIGH_WATER_BYTES });
    this.inner = inner;
    this.remoteAddress = inner.remoteAddress;
    this.remotePort = inner.remotePort;
    inner.on('readable', this.pull);
    inner.once('end', () => this.push(null));
    inner.on('error', (error) => this.destroy(error));
    inner.once('close', () => {
      if (!inner.readableEnded || !inner.writableFinished) this.destroy();
    });
  }

  get isFrozen(): boolean {
    return this.frozen;
  }

  /** Nothing is read from the peer nor written to it any more, or again. */
  freeze(isFrozen: boolean): void {
    this.frozen = isFrozen;
    this.pull();
    this.pump();
  }

  /** @param bytesPerSecond Infinity: as fast as it goes */
  throttle(bytesPerSecond: number): void {
    this.bytesPerSecond = bytesPerSecond;
    this.budget = 0;
    this.budgetAt = performance.now();
    this.pump();
  }

  /** Breaks the connection at once. */
  cut(): void {
    this.destroy(connectionReset());
  }

  /** It breaks in the middle of what is written next. */
  cutNext(): void {
    this.isToBreak = true;
  }

  /** Whether the peer's kernel has all that was written. */
  get isDrained(): boolean {
    return this.queue.length === 0 && this.writableLength === 0 && this.inner.writableLength === 0;
  }

  /** Whether the broker has all that has arrived. */
  get isRead(): boolean {
    return this.inner.readableLength === 0;
  }

  override _read(): void {
    this.isWanted = true;
    this.pull();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.post(chunk, done);
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: Done): void {
    this.post(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: Done): void {
    this.finish = () => this.inner.end(done);
    this.pump();
  }

  override _destroy(error: Error | null, done: Done): void {
    clearTimeout(this.timer);
    this.queue = [];
    this.inner.destroy();
    done(error);
  }

  private readonly pull = (): void => {
    while (this.isWanted && !this.frozen && !this.destroyed) {
      const chunk = this.inner.read() as Buffer | null;
      if (chunk === null) return;
      this.isWanted = this.push(chunk);
    }
  };

  private post(bytes: Buffer, done: Done): void {
    const { delayMs } = this;
    if (delayMs === 0) this.queue.push({ bytes, dueAt: 0, done, sent: 0 });
    else {
      // Once it counts as taken its memory is the writer's again.
      const dueAt = performance.now() + delayMs;
      this.queue.push({ bytes: Buffer.from(bytes), dueAt, done: undefined, sent: 0 });
      done();
    }
    this.pump();
  }

  private readonly pump = (): void => {
    const [chunk] = this.queue;
    if (this.frozen || this.isSending || this.destroyed) return;
    if (chunk === undefined) {
      const { finish } = this;
      this.finish = undefined;
      finish?.();
      return;
    }
    const now = performance.now();
    if (chunk.dueAt > now) return this.wake(chunk.dueAt - now);
    const size = Math.min(chunk.bytes.length - chunk.sent, this.allowance(now));
    if (size === 0 && chunk.bytes.length > 0) return this.wake(SLICE_MS);
    if (this.bytesPerSecond !== Number.POSITIVE_INFINITY) this.budget -= size;
    this.send(chunk, chunk.bytes.subarray(chunk.sent, chunk.sent + size));
  };

  private send(chunk: DelayedChunk, bytes: Buffer): void {
    this.isSending = true;
    if (this.isToBreak) {
      const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
      this.inner.end(half, () => setImmediate(() => this.cut()));
      return;
    }
    this.inner.write(bytes, (error) => {
      this.isSending = false;
      if (error || this.destroyed) return;
      chunk.sent += bytes.length;
      if (chunk.sent === chunk.bytes.length) {
        this.queue.shift();
        chunk.done?.();
      }
      this.pump();
    });
  }

  /** Whole bytes that may be sent now. */
  private allowance(now: number): number {
    const { bytesPerSecond } = this;
    if (bytesPerSecond === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    const most = Math.max(1, (bytesPerSecond * BURST_MS) / 1_000);
    this.budget = Math.min(most, this.budget + ((now - this.budgetAt) * bytesPerSecond) / 1_000);
    this.budgetAt = now;
    return Math.floor(this.budget);
  }

  private wake(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.pump, Math.ceil(ms));
  }
}
