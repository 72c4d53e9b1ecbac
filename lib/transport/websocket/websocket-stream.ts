import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers';
import { type CloseReason, closeReasonText } from '../../domain/close-reason.js';
import { WEBSOCKET_FRAMES_A_TURN } from '../../domain/limits.js';
import type { OnRead, Wire } from '../wire.js';
import { closeCodeOf } from './close-codes.js';
import { type FrameEvents, FrameReader } from './frame-reader.js';
import { closePayload, controlFrame, frameHead, MAX_FRAME_BYTES, maskedFrame, OP } from './frames.js';

/** Bytes that are taken to be sent before the pipeline has to wait, and that wait to be decoded; as a socket's. */
const HIGH_WATER_BYTES = 512 * 1024;

/** Size of reads, at most, of a peer that has sent a read with very many frames: each costs several times its bytes. */
const MANY_FRAMES_READ_BYTES = 16 * 1024;

type Done = (error?: Error | null) => void;

/** Which ends of a WebSocket mask their frames. */
export interface Masking {
  readonly own: boolean;
  readonly peer: boolean;
}

interface Violation {
  readonly code: number;
  readonly why: string;
}

/**
 * The bytes within a WebSocket, over the wire that its HTTP upgrade came on. What is written goes out in binary messages,
 * each write in frames of its own; messages of the peer are a stream of bytes, whether text or binary, and where one ends
 * means nothing.
 *
 * It holds nothing back itself: a write is taken once the wire below has taken it, so `writableLength` is what TCP has not
 * taken, and reading stops as soon as `push` says so.
 */
export class WebSocketStream extends Duplex implements FrameEvents {
  /** Why the connection closes, for the close frame. */
  reason: CloseReason | undefined = undefined;
  private readonly below: Wire;
  private readonly reader: FrameReader;
  /** Whether frames are masked that are sent, as a client's have to be. */
  private readonly masks: boolean;
  /** What the peer has said in its close frame. */
  private answer: { readonly code: number | undefined } | undefined = undefined;
  /** What the peer has done wrong. */
  private violation: Violation | undefined = undefined;
  /** Whether a close frame has been sent, or none can be. */
  private isClosed = false;
  /** Whether no more is to be read. */
  private isEnded = false;
  private isInPlace = false;
  private isStarted = false;
  /** Whether it reads no further in this turn of the event loop. */
  private isYielding = false;
  /** Writes whose callback has not come, and what is called once that of the last one has. */
  private unsettled = 0;
  private waiting: Done | undefined = undefined;
  /** A pong that is due once the one before it has been taken. */
  private pong: Buffer | undefined = undefined;
  private isPonging = false;

  /** @param head what came after the upgrade request, or the answer to it */
  constructor(below: Wire, head: Buffer, masking: Masking) {
    super({ highWaterMark: HIGH_WATER_BYTES });
    this.below = below;
    this.masks = masking.own;
    this.reader = new FrameReader(this, masking.peer);
    const { stream } = below;
    stream.on('error', (error) => this.destroy(error));
    stream.on('end', () => this.finishReading());
    stream.on('close', () => this.destroy());
    if (head.length > 0) stream.unshift(head);
  }

  /** See `Wire.readInto`. */
  readInto(memory: Buffer, onRead: OnRead): void {
    this.isInPlace = true;
    let mayBeLarge = memory.length > MANY_FRAMES_READ_BYTES;
    const take: OnRead = (length, read) => {
      const payload = this.reader.decode(read, length);
      const { frames } = this.reader;
      const more = payload === 0 || this.isEnded || onRead(payload, read);
      this.endAfterRead();
      if (frames <= WEBSOCKET_FRAMES_A_TURN) return more;
      if (mayBeLarge) {
        mayBeLarge = false;
        this.below.readInto(memory.subarray(0, MANY_FRAMES_READ_BYTES), take);
      }
      if (more) this.yieldTurn();
      return false;
    };
    this.below.readInto(memory, take);
  }

  onPing(payload: Uint8Array): void {
    if (this.isClosed) return;
    const frame = this.control(OP.pong, payload);
    // A peer that does not read what it asks for gets the last pong only, as the protocol allows.
    if (this.isPonging) this.pong = frame;
    else this.sendPong(frame);
  }

  onClose(code: number | undefined): void {
    this.answer = { code };
  }

  onFault(code: number, why: string): void {
    this.violation = { code, why };
  }

  override _read(): void {
    if (this.isYielding) return;
    const { stream } = this.below;
    if (!this.isStarted) {
      this.isStarted = true;
      stream.on('data', (chunk: Buffer) => this.receive(chunk));
    } else if (this.isInPlace) this.below.resumeReading();
    stream.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.send([{ chunk }], chunk.length, done);
  }

  override _writev(items: readonly { readonly chunk: Buffer }[], done: Done): void {
    let bytes = 0;
    for (const { chunk } of items) bytes += chunk.length;
    this.send(items, bytes, done);
  }

  override _final(done: Done): void {
    const { below, violation } = this;
    const { stream } = below;
    if (this.isClosed) return void stream.end(() => done());
    this.isClosed = true;
    if (violation === undefined) stream.end(this.closeFrame(), () => done());
    else
      stream.end(this.control(OP.close, closePayload(violation.code, violation.why)), () =>
        this.fail(violation.why),
      );
  }

  override _destroy(error: Error | null, done: Done): void {
    this.isClosed = true;
    this.below.stream.destroy();
    done(error);
  }

  private receive(chunk: Buffer): void {
    if (this.isEnded) return;
    // Unmasking is done in place, and what is not a socket's may be of use to the one that wrote it.
    const memory = this.below.borrows ? chunk : Buffer.from(chunk);
    const length = this.reader.decode(memory, memory.length);
    const { stream } = this.below;
    if (length > 0 && !this.push(memory.subarray(0, length))) stream.pause();
    else if (this.reader.frames > WEBSOCKET_FRAMES_A_TURN) {
      stream.pause();
      this.yieldTurn();
    }
    this.endAfterRead();
  }

  /** Leaves what else there is to be read to the next turn of the event loop. */
  private yieldTurn(): void {
    this.isYielding = true;
    setImmediate(() => {
      this.isYielding = false;
      if (!this.destroyed) this._read();
    });
  }

  /** What came before a close frame or a violation has been handed over: ends what is read. */
  private endAfterRead(): void {
    const { answer, violation } = this;
    if (violation !== undefined) this.refuse(violation);
    else if (answer !== undefined) this.finishReading();
  }

  /** What came before a violation is answered before the close frame that says what it was. */
  private refuse({ why }: Violation): void {
    // A peer that reads nothing does not read a close frame either.
    if (this.isClosed || this.below.stream.writableLength > 0) this.fail(why);
    else this.finishReading();
  }

  private fail(why: string): void {
    this.destroy(new Error(`WebSocket: ${why}`));
  }

  private finishReading(): void {
    if (this.isEnded || this.destroyed) return;
    this.isEnded = true;
    this.push(null);
  }

  /** Sends `items` as binary messages, each one frame. */
  private send(items: readonly { readonly chunk: Buffer }[], bytes: number, done: Done): void {
    if (this.isClosed || bytes === 0) return done();
    const { stream } = this.below;
    let left = bytes;
    let room = 0;
    let parts: Buffer[] = [];
    stream.cork();
    for (const { chunk } of items) {
      for (let at = 0; at < chunk.length; ) {
        if (room === 0) {
          room = Math.min(left, MAX_FRAME_BYTES);
          if (!this.masks) stream.write(frameHead(OP.binary, room));
        }
        const part = room < chunk.length - at || at > 0 ? chunk.subarray(at, at + room) : chunk;
        at += part.length;
        room -= part.length;
        left -= part.length;
        if (!this.masks) {
          this.put(part, left === 0);
          continue;
        }
        parts.push(part);
        if (room > 0) continue;
        this.put(maskedFrame(OP.binary, parts), left === 0);
        parts = [];
      }
    }
    stream.uncork();
    // Its callback comes a tick later than it is taken, which would look like something that waits.
    if (stream.writableLength === 0) done();
    else this.waiting = done;
  }

  /** @param isLast of a write: what waits for the write waits for this part */
  private put(part: Buffer, isLast: boolean): void {
    if (isLast) this.unsettled++;
    this.below.stream.write(part, isLast ? this.settle : undefined);
  }

  private readonly settle = (error?: Error | null): void => {
    this.unsettled--;
    const { waiting } = this;
    if (waiting === undefined || (this.unsettled > 0 && !error)) return;
    this.waiting = undefined;
    waiting(error);
  };

  private sendPong(frame: Buffer): void {
    this.isPonging = true;
    this.below.stream.write(frame, () => {
      const { pong } = this;
      this.pong = undefined;
      this.isPonging = false;
      if (pong !== undefined && !this.isClosed) this.sendPong(pong);
    });
  }

  /** The answer to the peer's, or why the connection closes. */
  private closeFrame(): Buffer {
    const { answer, reason } = this;
    if (answer === undefined) {
      const text = closeReasonText(reason ?? 'PEER_CLOSED', 0, 0);
      return this.control(OP.close, closePayload(closeCodeOf(reason), text));
    }
    const { code } = answer;
    return this.control(OP.close, code === undefined ? new Uint8Array(0) : closePayload(code, ''));
  }

  private control(op: number, payload: Uint8Array): Buffer {
    return this.masks ? maskedFrame(op, [payload]) : controlFrame(op, payload);
  }
}
