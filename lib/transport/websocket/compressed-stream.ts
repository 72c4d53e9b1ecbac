import { Duplex } from 'node:stream';
import { clearTimeout, setTimeout } from 'node:timers';
import type { WebSocket } from 'ws';
import { type CloseReason, closeReasonText } from '../../domain/close-reason.js';
import { WEBSOCKET_FIRST_MESSAGE_BYTES } from '../../domain/limits.js';
import { CLOSE, closeCodeOf } from './close-codes.js';

/** Bytes of a message that are pushed at once. */
const PUSH_BYTES = 64 * 1024;
/** Time for the peer to answer a close frame, in milliseconds. */
const CLOSE_MS = 1_000;

type Done = (error?: Error | null) => void;

/**
 * The bytes within a WebSocket whose messages are compressed, one by one. Other than within {@link WebSocketStream}
 * a message is put together before it is read, so its size is limited, compressed and not: `maxPayload` of the WebSocket.
 */
export class CompressedStream extends Duplex {
  /** Why the connection closes, for the close frame. */
  reason: CloseReason | undefined = undefined;
  private readonly socket: WebSocket;
  private readonly below: Duplex;
  /**
   * Whether messages to the peer are compressed: once it is trusted, and has sent something. Very many may connect at the same
   * instant, and what zlib needs is kept from the first message that is compressed.
   */
  private isTrusted = false;
  private hasSent = false;
  /** About how much of a message has come that is not complete. */
  private incompleteBytes = 0;
  private timer: NodeJS.Timeout | undefined = undefined;
  private failure: Error | undefined = undefined;

  constructor(socket: WebSocket, below: Duplex) {
    super();
    this.socket = socket;
    this.below = below;
    below.on('data', this.limit);
    socket.on('message', (message: Buffer) => this.receive(message));
    socket.on('error', (error) => {
      // It sends a close frame, and closes once that has been answered.
      this.failure = error;
      this.closeSoon();
    });
    socket.on('close', () => {
      clearTimeout(this.timer);
      if (this.failure !== undefined) this.destroy(this.failure);
      else if (!this.destroyed) this.push(null);
    });
  }

  /** The peer has logged in: its messages may be as large as any, and those to it may be compressed. */
  trust(): void {
    this.isTrusted = true;
    this.below.off('data', this.limit);
  }

  override _read(): void {
    this.socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    if (this.socket.readyState !== this.socket.OPEN) return done();
    this.socket.send(chunk, { binary: true, compress: this.isTrusted && this.hasSent }, done);
  }

  override _final(done: Done): void {
    const { socket, reason } = this;
    if (socket.readyState === socket.CLOSED) return done();
    socket.once('close', () => done());
    socket.close(closeCodeOf(reason), closeReasonText(reason ?? 'PEER_CLOSED', 0, 0));
    this.closeSoon();
  }

  override _destroy(error: Error | null, done: Done): void {
    clearTimeout(this.timer);
    this.socket.terminate();
    done(error);
  }

  private receive(message: Buffer): void {
    this.incompleteBytes = 0;
    this.hasSent = true;
    let more = true;
    for (let at = 0; at < message.length; at += PUSH_BYTES)
      more = this.push(message.subarray(at, at + PUSH_BYTES));
    if (!more) this.socket.pause();
  }

  private readonly limit = (chunk: Buffer): void => {
    this.incompleteBytes += chunk.length;
    if (this.incompleteBytes <= WEBSOCKET_FIRST_MESSAGE_BYTES) return;
    this.trust();
    this.failure = new Error('WebSocket: message too long before the login');
    this.socket.close(CLOSE.tooBig);
    this.closeSoon();
  };

  private closeSoon(): void {
    this.timer ??= setTimeout(() => this.socket.terminate(), CLOSE_MS).unref();
  }
}
